import { SecretError } from '@rekey/secret'
import { readKnownSerials } from './known-serials.ts'
import { SegmentFile, type SegmentSize } from './segment-file.ts'

/** A serial, and the certificate that it is for. */
interface Reservation {
  readonly serial: string
  readonly subject: string
  readonly profile: string
  readonly at: Date
}

/** The write-ahead record of the certificates that one process issues. */
export interface IssuanceJournal {
  /**
   * Reserves a serial, durably, before a certificate with it is signed.
   *
   * @throws {SecretError} `refused` for a serial that was reserved before: the random generator repeats itself; `forbidden`,
   *   `unreachable` if it cannot be written; `malformed` or `conflict` for a record that is not sound. Then nothing may be signed
   */
  reserve(reservation: Reservation): Promise<void>
  /** Adds the certificate, durably, before it is handed out. Throws as {@link IssuanceJournal.reserve}. */
  signed(serial: string, certificate: string): Promise<void>
  /** Notes that no certificate has the serial. Never throws: after a crash the same is concluded. */
  voided(serial: string): Promise<void>
  close(): Promise<void>
}

/** Creates the journal of the keystore in `directory`. It reads and writes with the first certificate. */
export function createIssuanceJournal(directory: string, size: SegmentSize = {}): IssuanceJournal {
  const segment = new SegmentFile(directory, 'issued', size)
  let known: Promise<Set<string>> | undefined
  const readKnown = async () => {
    try {
      return await readKnownSerials(directory)
    } catch (error) {
      known = undefined
      throw error
    }
  }
  return {
    async reserve({ serial, subject, profile, at }) {
      const serials = await (known ??= readKnown())
      if (serials.has(serial)) throw repeated(serial)
      serials.add(serial)
      await segment.append({ reserved: serial, subject, profile, at: at.toISOString() })
    },
    signed: (serial, certificate) => segment.append({ signed: serial, certificate }),
    async voided(serial) {
      await segment.append({ void: serial }).catch(() => undefined)
    },
    close: () => segment.close(),
  }
}

function repeated(serial: string): SecretError {
  const message = `the serial ${serial} was given before, so the random generator of this machine repeats itself: issue nothing there until it is mended`
  return new SecretError('refused', message, { reason: 'serial', serial })
}
