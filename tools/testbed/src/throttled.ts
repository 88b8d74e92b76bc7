/** An object whose calls are throttled, and how many were. */
export interface Throttled<T> {
  readonly target: T
  readonly refused: () => number
  /** From here on calls are refused. */
  readonly begin: () => void
}

/** Refuses two of five calls of an object before they are made, in the same order each time. */
export function throttled<T extends object>(target: T, refusal: () => Error): Throttled<T> {
  let state = 1
  let hasBegun = false
  let refused = 0
  const isRefused = () => {
    state = (state * 48_271) % 2_147_483_647
    const isOne = hasBegun && state % 5 < 2
    if (isOne) refused += 1
    return isOne
  }
  const proxy = new Proxy(target, {
    get(object, key) {
      const member: unknown = Reflect.get(object, key)
      if (typeof member !== 'function') return member
      return (...args: unknown[]): unknown =>
        isRefused() ? Promise.reject(refusal()) : Reflect.apply(member, object, args)
    },
  })
  return { target: proxy, refused: () => refused, begin: () => void (hasBegun = true) }
}
