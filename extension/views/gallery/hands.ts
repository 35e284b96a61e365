import type { ElementHandle, KeyInput, Page } from 'puppeteer-core';
import { expect } from 'vitest';
import type { Command } from '../../bridge/types/commands.ts';
import type { ConversationSnapshot } from '../../bridge/types/snapshots.ts';
import { selector, until } from '../../launch/conversation.mjs';
import type { App, Ready } from '../models/app.ts';
import type { FakeClient } from '../testing/fake-client.ts';
import type { Gallery } from './opened.ts';
import { SCENES } from './scenes.ts';
import { type FRAMES, visit } from './visit.mjs';

/** The double that a scene of the gallery is played with, as the page has it. */
interface Played {
  readonly gallery: { readonly app: App; readonly client: FakeClient };
}

/** Whether it is on the screen from its upper edge to its lower one, and nothing lies over it. Runs in the page. */
export function isInSight(element: Element): boolean {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  const middle = (left + right) / 2;
  return [top + 1, bottom - 1].every((y) => element.contains(document.elementFromPoint(middle, y)));
}

/** What a screen reader says after the name of a field. Runs in the page. */
export function descriptionOf(field: Element): string {
  const ids = field.getAttribute('aria-describedby')?.split(' ') ?? [];
  return ids.map((id) => document.getElementById(id)?.textContent ?? '').join(' ');
}

/** What a person does with the scene that is open, by the keys and by role and name, and what they are told. */
export function handsOn(page: () => Page, gallery: () => Gallery) {
  async function open(scene: string, frame: keyof typeof FRAMES = 'panel'): Promise<void> {
    const press = SCENES[scene]?.press ?? [];
    await visit(page(), gallery().origin, { scene, press, theme: 'light', frame });
  }

  async function look(role: string, name: string): Promise<ElementHandle | undefined> {
    return (await page().$(selector(role, name))) ?? undefined;
  }

  async function find(role: string, name: string): Promise<ElementHandle> {
    // A view that draws itself anew in mid-look only means looking again.
    const seen = () => look(role, name).catch(() => undefined);
    return await until(`the ${role} “${name}”`, seen, { patience: 5_000 });
  }

  async function keys(...some: KeyInput[]): Promise<void> {
    for (const key of some) await page().keyboard.press(key);
  }

  /** Role and name of what has the focus, as a screen reader would say it. */
  async function focused(): Promise<string> {
    const tree = await page().accessibility.snapshot();
    const search = (node: typeof tree): string | undefined => {
      if (node === null) return undefined;
      for (const child of node.children ?? []) {
        const inner = search(child);
        if (inner !== undefined) return inner;
      }
      return node.focused ? `${node.role} ${node.name}` : undefined;
    };
    return search(tree) ?? '';
  }

  return {
    open,
    find,
    keys,
    focused,

    async press(name: string, role = 'button'): Promise<void> {
      await (await find(role, name)).click();
    },

    async has(role: string, name: string): Promise<boolean> {
      return (await look(role, name)) !== undefined;
    },

    /** Until the focus is there: an answer may have to come first. */
    async focusComesTo(wanted: string): Promise<void> {
      await expect.poll(focused, { timeout: 5_000 }).toBe(wanted);
    },

    calls<Type extends string>(type: Type): Promise<unknown[]> {
      return page().evaluate((wanted) => {
        const { client } = (globalThis as unknown as Played).gallery;
        return client.calls.filter((call) => call.type === wanted);
      }, type);
    },

    /** What the view shows of everything but the messages, from now on. */
    update(more: Partial<Ready>): Promise<void> {
      return page().evaluate((next) => {
        const { app, client } = (globalThis as unknown as Played).gallery;
        const stage = app.stage.value;
        if (stage.show === 'main') client.show({ ...stage.ready, ...next });
      }, more);
    },

    /** What the view shows of a conversation, from now on. */
    showConversation(conversation: ConversationSnapshot): Promise<void> {
      return page().evaluate((next) => {
        (globalThis as unknown as Played).gallery.client.showConversation(next);
      }, conversation);
    },

    /** The next commands of a kind have this answer. */
    answer(type: Command['type'], result: unknown): Promise<void> {
      return page().evaluate(
        (asked, answered) => {
          const { client } = (globalThis as unknown as Played).gallery;
          client.answer(asked, () => answered as never);
        },
        type,
        result,
      );
    },

    /** The next command of a kind has no answer, until it is refused. */
    async holdBack(type: Command['type']): Promise<() => Promise<void>> {
      await page().evaluate((held) => {
        const { client } = (globalThis as unknown as Played).gallery;
        client.answer(
          held,
          () => new Promise<never>((_, reject) => Object.assign(globalThis, { refuse: reject })),
        );
      }, type);
      return async () => {
        await page().waitForFunction(() => 'refuse' in globalThis);
        await page().evaluate(() => (globalThis as unknown as { refuse(): void }).refuse());
      };
    },

    /** What is said from now on to who does not see it come, as {@link heard} tells. */
    async listen(): Promise<void> {
      await page().evaluate(() => {
        const heard: string[] = [];
        Object.assign(globalThis, { heard });
        new MutationObserver((changes) => {
          for (const { target, addedNodes } of changes) {
            const element = target instanceof Element ? target : target.parentElement;
            // Regions that were there before: of one that comes with its words, many screen readers say nothing.
            if (element?.closest('[aria-live], [role="status"], [role="alert"]') === null) continue;
            for (const { textContent } of addedNodes) if (textContent) heard.push(textContent);
          }
        }).observe(document.body, { childList: true, subtree: true });
      });
    },

    /** What was said since {@link listen}. */
    heard: () => page().evaluate(() => (globalThis as unknown as { heard: string[] }).heard),
  };
}
