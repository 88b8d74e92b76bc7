import { SegmentFile } from './segment-file.ts'

/** Notes which certificates are on record. */
export interface RecordMarks extends AsyncDisposable {
  /**
   * Notes that the log has the certificate with this serial. What is not noted is submitted again at the next start.
   *
   * @param index of its entry
   * @throws {SecretError} `forbidden`, `unreachable`
   */
  mark(serial: string, index: number): Promise<void>
}

/**
 * Creates what notes, beside the record of a keystore, which of its certificates are in the log. The process needs no key.
 *
 * @example
 * ```ts
 * await using marks = createRecordMarks('/var/lib/vpn-ca')
 * await marks.mark('4f'.repeat(20), 17)
 * ```
 */
export function createRecordMarks(directory: string): RecordMarks {
  const segment = new SegmentFile(directory, 'on-record')
  return {
    mark: (serial, index) => segment.append({ recorded: serial, index }),
    [Symbol.asyncDispose]: () => segment.close(),
  }
}
