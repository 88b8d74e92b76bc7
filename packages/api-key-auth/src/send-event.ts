import type { SecretErrorCode } from '@rekey/secret'

/** Something that an operator wants to know of the sending side. Never holds a secret. */
export type SendEvent =
  /** The receiver refused `keyId`. `retriedWith` is the key tried after it, `status` the HTTP status in the end. */
  | {
      readonly type: 'unauthorized'
      readonly name: string
      readonly keyId: string
      readonly retriedWith?: string
      readonly status: number
    }
  /**
   * The receiver reports that `keyId` retires, so the source should have a newer key. Reported once per version. A resource
   * that is itself deprecated (RFC 9745) looks the same.
   */
  | {
      readonly type: 'retiring'
      readonly name: string
      readonly keyId: string
      readonly version: string
      /** Since when, in milliseconds since the epoch. */
      readonly since: number
      /** When the receiver will begin to refuse it, if the receiver announces that, in milliseconds since the epoch. */
      readonly until?: number
    }
  /** The source was to be read again because of that, and could not be. */
  | {
      readonly type: 'refresh-failed'
      readonly name: string
      readonly code: SecretErrorCode | 'unexpected'
    }
