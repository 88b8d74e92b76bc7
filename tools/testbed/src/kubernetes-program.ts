import { execFile } from 'node:child_process'
import { copyFile, cp, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Environment, Program } from './program.ts'
import { readGoVersion, runGo } from './go-module.ts'

const VERSION = '1.36.3'
const MODULE = { path: 'k8s.io/kubernetes', version: VERSION } as const
const API_SERVER = `${MODULE.path}/cmd/kube-apiserver`
const WRITER_SOURCE = join(import.meta.dirname, '..', 'kubelet-writer')

/** The version under which Kubernetes publishes its own parts: `k8s.io/api` 0.36.3 belongs to 1.36.3. */
const PARTS_VERSION = `v0${VERSION.slice(1)}`

/** The parts that Kubernetes' go.mod names without a version, and replaces by folders that its module does not have. */
const PART = /^\s+(k8s\.io\/\S+) v0\.0\.0$/gm

/** The rows that are built from the same go.mod, which each keeps beside its executable. */
const SIBLINGS = ['kube-apiserver', 'kubelet-writer'] as const

/** The real Kubernetes API server, built from its Go module. */
export const kubeApiServerProgram = fromKubernetes({
  executable: 'kube-apiserver',
  cost: 'about 4 minutes, 106 MB; needs Go',
  build: (directory, environment) =>
    goBuild(directory, environment, {
      flags: `-s -w -X k8s.io/component-base/version.gitVersion=v${VERSION}`,
      output: 'kube-apiserver',
      target: API_SERVER,
    }),
})

/** The controllers of Deployments, StatefulSets and DaemonSets, of the version of the API server. */
export const kubeControllerManagerProgram = fromKubernetes({
  executable: 'kube-controller-manager',
  cost: 'about 1 minute after kube-apiserver, else about 4 minutes; 90 MB; needs Go',
  build: async (directory, environment) => {
    const target = `${MODULE.path}/cmd/kube-controller-manager`
    // It has requirements that the API server's go.mod lacks.
    await goIn(directory, environment, 'get', '-tool', `${target}@v${VERSION}`)
    const flags = `-s -w -X k8s.io/component-base/version.gitVersion=v${VERSION}`
    await goBuild(directory, environment, { flags, output: 'kube-controller-manager', target })
  },
})

/** The real kubectl, of the version of the API server. */
export const kubectlProgram = fromKubernetes({
  executable: 'kubectl',
  cost: 'about 1 minute after kube-apiserver, else about 4 minutes; 60 MB; needs Go',
  build: async (directory, environment) => {
    const target = `${MODULE.path}/cmd/kubectl`
    // It has requirements that the API server's go.mod lacks.
    await goIn(directory, environment, 'get', '-tool', `${target}@v${VERSION}`)
    const flags = `-s -w -X k8s.io/component-base/version.gitVersion=v${VERSION}`
    await goBuild(directory, environment, { flags, output: 'kubectl', target })
  },
})

/** A program around the kubelet's own volume writer, so that the swaps of `..data` in tests are the real ones. */
export const kubeletWriterProgram = fromKubernetes({
  executable: 'kubelet-writer',
  cost: 'a few seconds after kube-apiserver, else about 3 minutes; 24 MB; needs Go',
  build: async (directory, environment) => {
    const source = join(directory, 'source')
    await cp(WRITER_SOURCE, source, { recursive: true })
    const output = 'kubelet-writer'
    await goBuild(directory, environment, { flags: '-s -w', output, target: './source' })
    await rm(source, { recursive: true })
  },
})

function fromKubernetes(about: {
  readonly executable: string
  readonly cost: string
  readonly build: (directory: string, environment: Environment) => Promise<void>
}): Program {
  const { executable, cost, build } = about
  const isRightVersion = async (file: string, environment: Environment) =>
    (await readGoVersion(MODULE, file, environment)) === VERSION
  return {
    version: VERSION,
    cost,
    executable,
    isRightVersion,
    async install(directory, environment) {
      await prepareModule(directory, environment)
      await build(directory, environment)
      if (await isRightVersion(join(directory, executable), environment)) return
      throw new Error(`go built another version than ${executable} ${VERSION}`)
    },
  }
}

function goBuild(
  directory: string,
  environment: Environment,
  { flags, output, target }: { flags: string; output: string; target: string },
): Promise<void> {
  return goIn(directory, environment, 'build', `-ldflags=${flags}`, '-o', output, target)
}

function goIn(cwd: string, environment: Environment, ...args: string[]): Promise<void> {
  return runGo(args, { product: `${MODULE.path}@v${VERSION}`, environment, cwd })
}

/** Makes `directory` a Go module that can build parts of Kubernetes, from a sibling's go.mod if there is one. */
async function prepareModule(directory: string, environment: Environment): Promise<void> {
  for (const sibling of SIBLINGS) {
    if (await copyModule(join(dirname(directory), `${sibling}-${VERSION}`), directory)) return
  }
  await writeFile(join(directory, 'go.mod'), 'module scratch\n\ngo 1.26\n')
  const replacements = (await readParts(directory, environment)).map(
    (part) => `-replace=${part}=${part}@${PARTS_VERSION}`,
  )
  await goIn(directory, environment, 'mod', 'edit', ...replacements)
  await goIn(directory, environment, 'get', '-tool', `${API_SERVER}@v${VERSION}`)
}

async function copyModule(from: string, to: string): Promise<boolean> {
  try {
    for (const name of ['go.mod', 'go.sum']) await copyFile(join(from, name), join(to, name))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

async function readParts(directory: string, environment: Environment): Promise<string[]> {
  const download = ['mod', 'download', '-json', `${MODULE.path}@v${VERSION}`]
  const options = { env: environment, cwd: directory }
  const { stdout } = await promisify(execFile)('go', download, options)
  const { GoMod } = JSON.parse(stdout) as { GoMod: string }
  return Array.from((await readFile(GoMod, 'utf8')).matchAll(PART), ([, part = '']) => part)
}
