import { newCanary } from '../canary.ts'
import type { ErrorPath, ErrorPaths } from '../error-path.ts'
import type { FixtureFiles } from '../fixture-files.ts'

const NAME = 'KEY'
const TOO_LARGE = 64 * 1024 + 1

type Content = string | Buffer

/** A mounted directory. */
export const mountPaths: ErrorPaths<FixtureFiles> = {
  'nothing at all': directoryWith('none', (a) => ({ [NAME]: a })),
  'bytes that are no text': directoryWith('malformed', (a) => ({
    [NAME]: Buffer.from(`${a}é`, 'latin1'),
  })),
  'a NUL byte': directoryWith('malformed', (a) => ({ [NAME]: `${a}\0` })),
  'a file that is too large': directoryWith('malformed', (a) => ({
    [NAME]: a.repeat(Math.ceil(TOO_LARGE / a.length)),
  })),
  'an emptied file': directoryWith('missing', (a) => ({ [NAME]: '', OTHER: a })),
  'a file that is not there': directoryWith('missing', (a) => ({ OTHER: a })),
  'only a pending file': directoryWith('missing', (a) => ({ [`${NAME}__PENDING`]: a })),
  'a pending file that is no text': directoryWith('malformed', (a) => ({
    [NAME]: a,
    [`${NAME}__PENDING`]: Buffer.from(`${a}é`, 'latin1'),
  })),
  'the name of a file in the place of a secret': directoryWith(
    'malformed',
    (a) => ({ [`${NAME}_FILE`]: a }),
    `${NAME}_FILE`,
  ),
  'a link out of the mount': {
    code: 'refused',
    reason: 'link-out',
    async provoke(files) {
      const value = newCanary('value')
      const outside = await files.write(value.text)
      const directory = await files.directoryOf({ OTHER: value.text })
      await files.link(outside, `${directory}/${NAME}`)
      const job = { locator: `mount:${directory}`, act: 'read', name: NAME }
      return { job, canaries: [value] }
    },
  },
  'a file in the place of the directory': {
    code: 'malformed',
    async provoke(files) {
      const value = newCanary('value')
      const job = { locator: `mount:${await files.write(value.text)}`, act: 'read', name: NAME }
      return { job, canaries: [value] }
    },
  },
}

function directoryWith(
  code: ErrorPath<FixtureFiles>['code'],
  content: (a: string) => Readonly<Record<string, Content>>,
  name = NAME,
): ErrorPath<FixtureFiles> {
  return {
    code,
    async provoke(files) {
      const value = newCanary('value')
      const directory = await files.directoryOf(content(value.text))
      return { job: { locator: `mount:${directory}`, act: 'read', name }, canaries: [value] }
    },
  }
}
