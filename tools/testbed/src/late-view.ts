import { setTimeout as delay } from 'node:timers/promises'

/** A source of secrets, as far as a view of it goes. */
interface Viewed<T> {
  readonly locator: string
  read(name: string, signal?: AbortSignal): Promise<T>
  watch?(name: string, signal: AbortSignal): AsyncIterable<T>
}

/** A view of a source in which each change that it notifies of comes so late, as in a mounted Secret. */
export function lateBy<T>(source: Viewed<T>, lagMs: number): Viewed<T> {
  const shown = new Map<string, T>()
  return {
    locator: source.locator,
    async read(name, signal) {
      const known = shown.get(name) ?? (await source.read(name, signal))
      shown.set(name, known)
      return known
    },
    async *watch(name, signal) {
      for await (const change of source.watch?.(name, signal) ?? []) {
        await delay(lagMs, undefined, { signal })
        shown.set(name, change)
        yield change
      }
    },
  }
}
