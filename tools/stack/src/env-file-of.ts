import type { StorePlace } from './stores/stack-store.ts'

/** The .env file of a stack that has one. */
export function envFileOf({
  family: { store },
}: {
  readonly family: { readonly store: Pick<StorePlace, 'locator'> }
}): string {
  const [scheme, path] = store.locator.split(/:(.*)/)
  if (scheme !== 'dotenv' || path === undefined) throw new Error(`${store.locator} is no .env file`)
  return path
}
