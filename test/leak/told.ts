/** The channels that are seen from within the process. */
export type InnerChannel = 'message' | 'stack' | 'inspect' | 'JSON' | 'cause'

/** What the child sends of the error before it dies of it. */
export interface Told {
  readonly code: string
  readonly reason?: string
  readonly channels: Readonly<Record<InnerChannel, string>>
}

/** Where the debug output ends and the death begins. */
export const LAST_LINE = '----- the error is let go -----'
