import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { disclosed } from '@rekey/log-redactor'
import type { Secret } from '@rekey/secret'
import {
  errnoOf,
  fileError,
  type FileMeanings,
  MADE,
  replaceFile,
  writeNewFile,
  readRegularFile,
} from '@rekey/secret/internal/files'
import { type Command, Option } from 'commander'
import type { CliContext } from './cli-context.ts'
import { UsageError } from './failure.ts'
import type { Places } from './places.ts'
import { openPlaceInStore } from './place-in-store.ts'

/** Flags that name the places of a new value. */
export interface PlaceFlags {
  readonly env: readonly string[]
  readonly out?: string
  /** The locator of a store. */
  readonly store?: string
}

const OUT_MEANINGS: FileMeanings = {
  ...MADE,
  EEXIST: ['conflict', 'is there already: name a file that is not'],
}

/** Adds `--env` and `--out`. */
export function placed(command: Command): Command {
  return command
    .addOption(
      new Option('--env <file>', 'add it to this .env file; can be repeated for each holder')
        .argParser((value: string, all: readonly string[]) => [...all, value])
        .default([]),
    )
    .addOption(new Option('--out <file>', 'make this file with the value alone').conflicts('env'))
}

/** Adds `--store`, for commands that make a value and nothing with it, since a store takes no secret back. */
export function storable(command: Command): Command {
  return command.addOption(
    new Option('--store <locator>', 'create it in this store, such as vault:secret/shop').conflicts(
      ['env', 'out'],
    ),
  )
}

/**
 * Checks the places of a value before it is made: files of mode 0600, a store, or a pipe, never a terminal.
 *
 * @param name the variable of a `.env` file, which must not have it yet
 * @throws {UsageError}
 */
export function openPlaces(name: string, flags: PlaceFlags, context: CliContext): Promise<Places> {
  const { store } = flags
  return store === undefined
    ? openFilePlaces(name, flags, context)
    : openPlaceInStore(name, store, context)
}

async function openFilePlaces(
  name: string,
  { env, out }: PlaceFlags,
  context: CliContext,
): Promise<Places> {
  const { stdout } = context.process
  const files = out === undefined ? env : [...env, out]
  const paths = files.map((path) => resolve(context.cwd, path))
  if (paths.length === 0 && stdout.isTTY === true) {
    throw new UsageError(
      'a value is not printed here: give --env FILE, --out FILE or --store LOCATOR, or pipe it',
    )
  }
  const texts = await Promise.all(env.map((_, at) => readEnv(paths[at] ?? '', name)))
  const written: number[] = []
  const remove = async () => {
    for (const at of written.splice(0)) {
      const [path = '', text = ''] = [paths[at], texts[at]]
      await (text === '' ? rm(path, { force: true }) : replaceFile(path, text))
    }
  }
  return {
    paths,
    async place(value) {
      if (paths.length === 0) stdout.write(disclosed(value.expose()))
      try {
        for (const [at, path] of paths.entries()) {
          const text = texts[at]
          if (text === undefined) await writeOut(path, value)
          else await replaceFile(path, `${endLine(text)}${name}=${quoted(value.expose())}\n`)
          written.push(at)
        }
      } catch (error) {
        // Holders of one key get it all or none does.
        await remove()
        throw error
      }
    },
    remove,
  }
}

async function writeOut(path: string, value: Secret): Promise<void> {
  await writeNewFile(path, value.expose()).catch((error: unknown) => {
    throw fileError(error, path, OUT_MEANINGS)
  })
}

/** The text of a `.env` file, to be continued. @throws {UsageError} if it has the name */
async function readEnv(path: string, name: string): Promise<string> {
  const text = await readIfThere(path)
  if (namesIn(text).has(name)) {
    throw new UsageError(`${path} has ${name} already: remove the line first, or rotate the secret`)
  }
  return text
}

/** PEM takes several lines. */
function quoted(text: string): string {
  return text.includes('\n') ? `'${text}'` : text
}

async function readIfThere(path: string): Promise<string> {
  return await readRegularFile(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return ''
    throw fileError(error, path)
  })
}

const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?(\w+)[ \t]*=/gm

function namesIn(text: string): ReadonlySet<string> {
  return new Set(Array.from(text.matchAll(ASSIGNMENT), ([, name = '']) => name))
}

function endLine(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}
