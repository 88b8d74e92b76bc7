import { openDotenvStore } from '@rekey/config-loader/store'
import { join } from 'node:path'
import { writePrivateFile } from './private-file.ts'
import type { OpenStackStore } from './stack-store.ts'

const HEAD = '# Development secrets of one stack. Made at its start, gone at its end.\n'

/** One `.env` file for all processes, as on a developer's machine: it knows no rights but those of files. */
export const openDotenvStack: OpenStackStore = async ({ directory, own }) => {
  const path = await writePrivateFile(join(directory, 'secrets'), '.env', HEAD)
  const admin = own.use(await openDotenvStore({ path }), 'store of the administrator')
  const place = { locator: `dotenv:${path}`, variables: {} }
  return {
    kind: 'dotenv',
    title: 'a .env file',
    servers: {},
    environment: 'development',
    admin,
    rotator: place,
    placeFor: () => Promise.resolve(place),
  }
}
