import type { Reply } from './redis-link.ts';

/** What Redis says, as what is expected of it; anything else is empty. */

export function textOf(reply: Reply | undefined): string {
  if (typeof reply === 'number') return String(reply);
  return Buffer.isBuffer(reply) ? reply.toString('latin1') : '';
}

export function numberOf(reply: Reply | undefined): number {
  return typeof reply === 'number' ? reply : Number(textOf(reply));
}

export function listOf(reply: Reply | undefined): readonly Reply[] {
  return Array.isArray(reply) ? (reply as readonly Reply[]) : [];
}

/** Redis's own words for a failure. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
