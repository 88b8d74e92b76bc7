import { Console } from 'node:console'
import fs, { readFileSync, writeSync } from 'node:fs'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { debuglog, promisify } from 'node:util'
import { Secret } from '@rekey/secret'
import { pino } from 'pino'
import { guardProcess } from '../../src/index.ts'

/** Prints the secret by every way out of a process, each time after a line with the name of the way. */
const { secret, spellings, guarded } = JSON.parse(readFileSync(0, 'utf8')) as Input

export interface Input {
  readonly secret: string
  /** How it is printed. */
  readonly spellings: readonly string[]
  readonly guarded: boolean
}

if (guarded) guardProcess()
const born = Secret.of(secret, 'API_KEY')
process.once('exit', () => born.label)

type Print = (text: string) => unknown

const writeAsync = promisify(fs.write) as (fd: number, text: string) => Promise<unknown>
const toFile = { flag: 'a' } as const
const debug = debuglog('leak')
const destination = pino.destination({ fd: 1, sync: true })
const logger = pino(destination)

/** Ways that print a text as it is, by which a text can be printed in pieces. */
const IN_PIECES: Readonly<Record<string, readonly Print[]>> = {
  'process.stdout.write': [(text) => process.stdout.write(text)],
  'process.stderr.write': [(text) => process.stderr.write(text)],
  'process.stdout.write of bytes': [(text) => process.stdout.write(Buffer.from(text))],
  'process.stdout.write of base64': [
    (text) => process.stdout.write(Buffer.from(text).toString('base64'), 'base64'),
  ],
  'process.stdout.write in a cork': [
    (text) => {
      process.stdout.cork()
      process.stdout.write(text)
      process.stdout.write('')
      process.stdout.uncork()
    },
  ],
  'fs.writeSync': [(text) => fs.writeSync(1, text)],
  'fs.writeSync to 2': [(text) => fs.writeSync(2, text)],
  'an imported writeSync of part of a buffer': [
    (text) => writeSync(1, Buffer.from(`x${text}y`), 1, Buffer.byteLength(text)),
  ],
  'fs.writevSync': [(text) => fs.writevSync(1, [Buffer.from(text), Buffer.from('')])],
  'fs.writeFileSync': [
    (text) => {
      fs.writeFileSync(2, text)
    },
  ],
  'fs.appendFileSync': [
    (text) => {
      fs.appendFileSync('/dev/stdout', text)
    },
  ],
  'fs.write': [(text) => writeAsync(1, text)],
  'fs.promises.appendFile': [(text) => fs.promises.appendFile('/dev/stderr', text, toFile)],
  'a stream of a descriptor': [
    async (text) => {
      const stream = createWriteStream('', { fd: 1, autoClose: false })
      stream.end(text)
      await finished(stream)
    },
  ],
  'a stream and a file': [(text) => process.stdout.write(text), (text) => fs.writeSync(1, text)],
  'a file and a stream': [(text) => fs.writeSync(2, text), (text) => process.stderr.write(text)],
}

/** Ways that print a text in a line of their own. */
const IN_LINES: Readonly<Record<string, Print>> = {
  'console.log': (text) => {
    console.log('value', text)
  },
  'console.error': (text) => {
    console.error({ text })
  },
  'console.table': (text) => {
    console.table([{ text }])
  },
  'console.dir': (text) => {
    console.dir({ text })
  },
  'console.trace': (text) => {
    console.trace(text)
  },
  'a console of its own': (text) => {
    new Console(process.stdout, process.stderr).log(text)
  },
  debuglog: (text) => {
    debug(text)
  },
  'process._rawDebug': (text) => {
    rawDebug(text)
  },
  'a warning': async (text) => {
    process.emitWarning(text, 'LeakWarning')
    await new Promise(setImmediate)
  },
  'a deprecation': async (text) => {
    process.emitWarning(text, 'DeprecationWarning', `DEP_${text}`)
    await new Promise(setImmediate)
  },
  pino: (text) => {
    logger.info({ text })
    destination.flushSync()
  },
}

function rawDebug(text: string): void {
  const { _rawDebug: print } = process as unknown as Record<'_rawDebug', Print>
  print.call(process, text)
}

/** Waits until the streams have printed all, so that what is written to their descriptors comes after it. */
async function settle(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<void>((resolve) => {
      stream.write('', () => {
        resolve()
      })
    })
  }
}

async function begin(name: string): Promise<void> {
  await settle()
  for (const fd of [1, 2]) fs.writeSync(fd, `\n<<${name}>>\n`)
}

for (const [i, spelled] of spellings.entries()) {
  for (const [name, [first, second = first]] of Object.entries(IN_PIECES)) {
    for (let at = 0; at < spelled.length; at += i === 0 ? 1 : 3) {
      await begin(`${i} ${name}`)
      await first?.(`a value: ${spelled.slice(0, at)}`)
      await settle()
      await second?.(`${spelled.slice(at)} behind it\n`)
    }
  }
  for (const [name, print] of Object.entries(IN_LINES)) {
    await begin(`${i} ${name}`)
    await print(spelled)
  }
}
await begin('0 a word without an end')
process.stdout.write(spellings[0] ?? '')
