import { newCanary } from '../canary.ts'
import type { ErrorPath, ErrorPaths, Job } from '../error-path.ts'
import type { FixtureFiles } from '../fixture-files.ts'

const NAME = 'KEY'
const MEBIBYTE = 1024 * 1024

/** A .env file. Each path has two canaries in it: the secret itself, and what another line holds. */
export const dotenvPaths: ErrorPaths<FixtureFiles> = {
  'nothing at all': fileWith('none', (a, b) => `KEY=${a}\nOTHER=${b}`),
  'a # in a value without quotes': fileWith('malformed', (a, b) => `KEY=${a}#${b}`),
  'a quote that does not end': fileWith('malformed', (a, b) => `OTHER=${b}\nKEY="${a}`),
  'more after a closing quote': fileWith('malformed', (a, b) => `KEY='${a}'${b}`),
  'a line that is no assignment': fileWith('malformed', (a, b) => `${b}\nKEY=${a}`),
  'a variable that is set twice': fileWith('malformed', (a, b) => `KEY=${a}\nKEY=${b}`),
  'a command in a value': fileWith('malformed', (a, b) => `KEY="$(echo ${a})\\x"\nOTHER=${b}`),
  'a carriage return in a value': fileWith('malformed', (a, b) => `KEY=${a}\r${b}`),
  'a variable that is not there': fileWith('missing', (a, b) => `OTHER=${a}\nMORE=${b}`),
  'a byte order mark': fileWith('malformed', (a, b) => `\uFEFFKEY=${a}\nOTHER=${b}`),
  'bytes that are no UTF-8': fileWith('malformed', (a, b) =>
    Buffer.from(`KEY=${a}\nOTHER=${b}é`, 'latin1'),
  ),
  'a file that is too large': fileWith(
    'malformed',
    (a, b) => `KEY=${a}\n${`# ${b}\n`.repeat(MEBIBYTE / b.length)}`,
  ),
  'a file that others may write': {
    ...fileWith('refused', (a, b) => `KEY=${a}\nOTHER=${b}`, { mode: 0o666 }),
  },
  'a value that is live already': fileWith('refused', (a, b) => `KEY=${a}\nOTHER=${b}`, {
    job: (a) => ({ act: 'stage', value: a }),
  }),
  'a secret that has changed since it was read': fileWith('conflict', (a) => `KEY=${a}`, {
    job: (_, b) => ({ act: 'stage after another', value: b }),
  }),
  'a secret that exists': fileWith('conflict', (a) => `KEY=${a}`, {
    job: (_, b) => ({ act: 'create', value: b }),
  }),
  'a version that is pending': fileWith('conflict', (a) => `KEY=${a}\nKEY__PENDING=${a}x`, {
    job: (_, b) => ({ act: 'stage', value: b }),
  }),
  'a previous version in the way': fileWith(
    'conflict',
    (a, b) => `KEY=${a}\nKEY__PENDING=${b}\nKEY__PREVIOUS=${a}x`,
    { job: () => ({ act: 'promote' }) },
  ),
  'a value that makes the file too large': fileWith('refused', (a) => `KEY=${a}`, {
    job: (_, b) => ({ act: 'stage', value: b.repeat(MEBIBYTE / 40) }),
  }),
  'a development file in production': fileWith('refused', (a, b) => `KEY=${a}\nOTHER=${b}`, {
    job: () => ({ production: true }),
  }),
}

interface Rest {
  readonly mode?: number
  readonly job?: (a: string, b: string) => Partial<Job>
}

function fileWith(
  code: ErrorPath<FixtureFiles>['code'],
  content: (a: string, b: string) => string | Buffer,
  { mode, job = () => ({}) }: Rest = {},
): ErrorPath<FixtureFiles> {
  return {
    code,
    async provoke(files) {
      const [a, b] = [newCanary('secret'), newCanary('other text')]
      const locator = `dotenv:${await files.write(content(a.text, b.text), mode)}`
      return {
        job: { locator, act: 'read', name: NAME, ...job(a.text, b.text) },
        canaries: [a, b],
      }
    },
  }
}
