import { AsyncLocalStorage } from 'node:async_hooks'

/** Logs in; returns the role as which the session acts. */
export type LogIn = (user: string, password: string, port: number) => Promise<string>

const rotators = new AsyncLocalStorage<LogIn>()

/** Has each connection that is opened within `work` be made by `logIn`. */
export function connectingBy<T>(logIn: LogIn, work: () => Promise<T>): Promise<T> {
  return rotators.run(logIn, work)
}

/** How the rotator that is at work logs in. */
export function connectingNow(): LogIn {
  const logIn = rotators.getStore()
  if (logIn === undefined) throw new TypeError('no rotator is at work')
  return logIn
}
