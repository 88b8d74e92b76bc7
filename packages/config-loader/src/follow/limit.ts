import type { Deadline } from '@rekey/secret'

/** How long one read, or one probe, may take, and what ends it early. */
export type Limit = Required<Pick<Deadline, 'clock' | 'limitMs'>> & { readonly signal: AbortSignal }
