import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { fileError } from '@rekey/secret/internal/files'
import { z } from 'zod'
import { UsageError } from '../failure.ts'

/** A finding of a scanner. */
export interface Finding {
  readonly rule: string
  /** Where it was found: a path or a URL. */
  readonly place: string
  readonly line?: number
  /** The text that was found; absent if the report does not have it. */
  readonly text?: string
}

const MAX_BYTES = 64 * 1024 * 1024

const sarif = z.object({
  runs: z.array(
    z.object({
      results: z.array(
        z.object({
          ruleId: z.string().default(''),
          locations: z
            .array(
              z.object({
                physicalLocation: z.object({
                  artifactLocation: z.object({ uri: z.string().default('') }).optional(),
                  region: z
                    .object({
                      startLine: z.int().optional(),
                      snippet: z.object({ text: z.string() }).optional(),
                    })
                    .optional(),
                }),
              }),
            )
            .default([]),
        }),
      ),
    }),
  ),
})

const gitleaks = z.array(
  z.object({
    RuleID: z.string().default(''),
    File: z.string().default(''),
    StartLine: z.int().optional(),
    // eslint-disable-next-line @rekey/min-key-length -- found by a scanner, not used as a key
    Secret: z.string().optional(),
  }),
)

/** The texts of gitleaks with --redact: a word, or the beginning of a value. */
const REDACTED = /^(?:REDACTED)?$|\.\.\.$/

/**
 * Reads the report of gitleaks: SARIF, or its own JSON.
 *
 * @throws {UsageError} if it is neither, or above 64 MiB
 * @throws {SecretError} if it cannot be read
 */
export async function readFindings(path: string): Promise<Finding[]> {
  const value = parseJson(await readLimited(path))
  const own = gitleaks.safeParse(value)
  if (own.success) {
    return own.data.map(({ RuleID, File, StartLine, Secret }) =>
      findingOf(RuleID, File, StartLine, Secret),
    )
  }
  const { data } = sarif.safeParse(value)
  if (data === undefined) {
    throw new UsageError(
      `${path} is no report of gitleaks: make one with gitleaks dir --report-format sarif --report-path FILE`,
    )
  }
  return data.runs.flatMap(({ results }) =>
    results.flatMap(({ ruleId, locations }) =>
      locations.map(({ physicalLocation: { artifactLocation, region } }) =>
        findingOf(ruleId, artifactLocation?.uri ?? '', region?.startLine, region?.snippet?.text),
      ),
    ),
  )
}

function findingOf(rule: string, place: string, line?: number, text?: string): Finding {
  const isHidden = text === undefined || REDACTED.test(text)
  return {
    ...{ rule: printable(rule), place: printable(place) },
    ...(line !== undefined && { line }),
    ...(!isHidden && { text }),
  }
}

/** Replaces characters that could rule a terminal. */
function printable(text: string): string {
  return text.slice(0, 500).replaceAll(/\p{C}/gu, '?')
}

async function readLimited(path: string): Promise<string> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stat = await file.stat()
    if (!stat.isFile())
      throw new UsageError(`${path} is no regular file: name a report of gitleaks`)
    if (stat.size <= MAX_BYTES) return await file.readFile('utf8')
  } catch (error) {
    throw fileError(error, path)
  }
  throw new UsageError(`${path} is longer than 64 MiB: have gitleaks look at less at a time`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
