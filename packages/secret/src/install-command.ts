import { createRequire } from 'node:module'

/** The part of a package.json about the versions of other packages that go with it. */
interface Manifest {
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/**
 * The command that installs optional peers of a package, in the versions that its package.json takes, for the message about an absent one:
 * `npm install "pkcs11js@>=2.1"`. Without a version where the package is part of a bundle, which has no package.json.
 *
 * @param url `import.meta.url` of a module of the package
 * @param name the name of the package, whose `exports` have `./package.json`
 */
export function installCommand(url: string, name: string, ...peers: readonly string[]): string {
  const { peerDependencies = {} } = readManifest(url, name)
  const ranges = peers.map((peer) => {
    const range = peerDependencies[peer]
    return range === undefined ? peer : `"${peer}@${range}"`
  })
  return ['npm install', ...ranges].join(' ')
}

function readManifest(url: string, name: string): Manifest {
  try {
    return createRequire(url)(`${name}/package.json`) as Manifest
  } catch {
    return {}
  }
}
