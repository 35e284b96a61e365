/** Every string that a person sees or hears, in English. */
export const en = {
  manifest: { description: 'Private conversations beside any tab. Only you two can read them.' },
};
