import type { Stack } from '@rekey/stack'

/** The .env file of a stack that has one. */
export function envFileOf({ secrets }: Pick<Stack, 'secrets'>): string {
  const [scheme, path] = secrets.locator.split(/:(.*)/)
  if (scheme !== 'dotenv' || path === undefined)
    throw new Error(`${secrets.locator} is no .env file`)
  return path
}
