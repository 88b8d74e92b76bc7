import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { folderOf, type PackedPackage } from './packed-packages.ts'

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url))

/** A registry on loopback that has packed packages of this repository, and no others. */
export interface PackageRegistry extends AsyncDisposable {
  /** A line of `.npmrc` that has npm ask it for `@rekey/…`. */
  readonly npmrc: string
}

/** Serves packed packages as they are after `npm publish`: a document of versions for each, and its tarball. */
export async function openPackageRegistry(
  packed: readonly PackedPackage[],
): Promise<PackageRegistry> {
  const byPath = new Map<string, PackedPackage>()
  for (const each of packed) {
    byPath.set(`/${each.name}`, each).set(`/${basename(each.tarball)}`, each)
  }
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '')
    const found = byPath.get(path)
    if (found === undefined) return void response.writeHead(404).end()
    const answer = path.endsWith('.tgz')
      ? readFile(found.tarball)
      : documentOf(found, `http://${request.headers.host ?? ''}`)
    // The port may have been another registry's before.
    response.setHeader('cache-control', 'no-store')
    answer.then(
      (body) => response.end(body),
      () => response.writeHead(500).end(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    npmrc: `@rekey:registry=http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
}

async function documentOf(packed: PackedPackage, origin: string): Promise<string> {
  const { name, version, tarball, integrity } = packed
  const file = join(REPOSITORY, folderOf(name), 'package.json')
  const manifest = JSON.parse(await readFile(file, 'utf8')) as object
  const dist = { tarball: `${origin}/${basename(tarball)}`, integrity }
  return JSON.stringify({
    name,
    'dist-tags': { latest: version },
    versions: { [version]: { ...manifest, dist } },
  })
}
