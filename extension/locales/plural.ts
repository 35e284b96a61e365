/** The forms of one phrase; `other` stands in for those that a language or a phrase does not tell apart. */
export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string };

/** Picks a phrase's form by a language's plural rules; `zero` is taken for 0 in every language where it is given. */
export function plural(language: string): (n: number, forms: Forms) => string {
  const rules = new Intl.PluralRules(language);
  return (n, forms) => (n === 0 ? forms.zero : undefined) ?? forms[rules.select(n)] ?? forms.other;
}
