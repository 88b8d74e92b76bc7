/** A function of which nothing is known. */
export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown

/**
 * Replaces a method by one that is made from it, with its name and whatever else is on it, such as its promised form
 * (`util.promisify.custom`). Returns the way to put it back.
 */
export function replaceMethod(
  owner: object,
  name: string,
  make: (original: AnyFunction) => AnyFunction,
): () => void {
  const own = Object.getOwnPropertyDescriptor(owner, name)
  const original = Reflect.get(owner, name) as AnyFunction
  const replacement = make(original)
  for (const key of Reflect.ownKeys(original)) {
    const property = Object.getOwnPropertyDescriptor(original, key)
    if (property && key !== 'prototype') Object.defineProperty(replacement, key, property)
  }
  Object.defineProperty(owner, name, {
    configurable: true,
    enumerable: true,
    writable: true,
    ...own,
    value: replacement,
  })
  return () => {
    if (own === undefined) Reflect.deleteProperty(owner, name)
    else Object.defineProperty(owner, name, own)
  }
}
