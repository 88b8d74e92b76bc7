import { writeFile } from 'node:fs/promises'
import { fileError } from '@rekey/secret/internal/files'

/** Writes a report as JSON. @throws {SecretError} `unwritable` for a full disk, `missing`, `forbidden` for another fault of the path */
export async function writeReport(path: string, report: object): Promise<void> {
  await writeFile(path, `${JSON.stringify(report, null, 2)}\n`).catch((error: unknown) => {
    throw fileError(error, path)
  })
}
