import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { json } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { folderOf, type PackedPackage } from './packed-packages.ts'

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url))

/** A registry on loopback that has packed packages of this repository, and what was published to it. */
export interface PackageRegistry extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/` */
  readonly url: string
  /** A line of `.npmrc` that has npm ask it for `@rekey/…`. */
  readonly npmrc: string
  /** What was published, in that order. */
  readonly published: readonly Publication[]
}

/** A version that was published, and who may install it. */
interface Publication {
  readonly name: string
  readonly version: string
  readonly access: string | undefined
}

/** What npm sends for a new version of a package, and is given for a package: its versions by their numbers. */
interface PackageDocument {
  readonly name: string
  readonly access?: string
  readonly 'dist-tags': Readonly<Record<string, string>>
  readonly versions: Readonly<Record<string, PublishedManifest>>
  /** The tarball, in base64. */
  readonly _attachments?: Readonly<Record<string, { readonly data: string }>>
}

interface PublishedManifest {
  readonly [key: string]: unknown
  readonly dist: { readonly tarball: string; readonly integrity: string }
}

/**
 * Serves packed packages as they are after `npm publish`, and takes further ones.
 *
 * @param token what a publisher must show. Default: nothing is published
 */
export async function openPackageRegistry(
  packed: readonly PackedPackage[],
  token?: string,
): Promise<PackageRegistry> {
  const documents = new Map<string, PackageDocument>()
  const tarballs = new Map<string, Buffer>()
  const published: Publication[] = []
  const server = createServer((request, response) => {
    // The port may have been another registry's before.
    response.setHeader('cache-control', 'no-store')
    const answering = request.method === 'PUT' ? take(request) : Promise.resolve(find(request))
    answering.then(
      ({ status, body }) => response.writeHead(status).end(body),
      () => response.writeHead(500).end(),
    )
  })
  const find = ({ url = '' }: IncomingMessage): Answer => {
    const path = decodeURIComponent(url).slice(1)
    const found = tarballs.get(basename(path)) ?? documents.get(path)
    if (found === undefined) return { status: 404, body: '{"error":"Not found"}' }
    return { status: 200, body: Buffer.isBuffer(found) ? found : JSON.stringify(found) }
  }
  const take = async (request: IncomingMessage): Promise<Answer> => {
    const sent = (await json(request)) as PackageDocument
    if (token === undefined || request.headers.authorization !== `Bearer ${token}`) {
      return { status: 401, body: '{"error":"no token of a publisher"}' }
    }
    const known = documents.get(sent.name)
    const [version = ''] = Object.keys(sent.versions)
    if (known !== undefined && version in known.versions) {
      return {
        status: 403,
        body: '{"error":"You cannot publish over the previously published versions"}',
      }
    }
    for (const [file, { data }] of Object.entries(sent._attachments ?? {})) {
      tarballs.set(basename(file), Buffer.from(data, 'base64'))
    }
    documents.set(sent.name, {
      name: sent.name,
      'dist-tags': { ...known?.['dist-tags'], ...sent['dist-tags'] },
      versions: { ...known?.versions, ...sent.versions },
    })
    published.push({ name: sent.name, version, access: sent.access })
    return { status: 201, body: '{"ok":true}' }
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/`
  for (const each of packed) {
    documents.set(each.name, await documentOf(each, url))
    tarballs.set(basename(each.tarball), await readFile(each.tarball))
  }
  return {
    ...{ url, npmrc: `@rekey:registry=${url}`, published },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
}

interface Answer {
  readonly status: number
  readonly body: string | Buffer
}

async function documentOf(packed: PackedPackage, origin: string): Promise<PackageDocument> {
  const { name, version, tarball, integrity } = packed
  const file = join(REPOSITORY, folderOf(name), 'package.json')
  const manifest = JSON.parse(await readFile(file, 'utf8')) as object
  const dist = { tarball: `${origin}${basename(tarball)}`, integrity }
  return {
    name,
    'dist-tags': { latest: version },
    versions: { [version]: { ...manifest, dist } },
  }
}
