import type { Stack } from './open-stack.ts'

/** The .env file of a stack that has one. */
export function envFileOf({ family: { store } }: Pick<Stack, 'family'>): string {
  const [scheme, path] = store.locator.split(/:(.*)/)
  if (scheme !== 'dotenv' || path === undefined) throw new Error(`${store.locator} is no .env file`)
  return path
}
