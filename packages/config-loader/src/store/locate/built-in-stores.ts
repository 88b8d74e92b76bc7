import { resolve } from 'node:path'
import type { StoreDefinition } from '@rekey/secret/internal'
import type { StoreUse } from '@rekey/secret/internal'
import { awsAccess } from '../aws/aws-access.ts'
import { openDotenvStore } from '../dotenv-store.ts'
import { createEnvSource } from '../env-source.ts'
import { importAdapter, importVault, type Opening, openSession } from './opening.ts'

/** Options of one source of a sources file. */
export interface PlaceOptions {
  /** See `openMountSource`. */
  readonly trailingNewline?: 'strip' | 'keep'
}

type Open<D extends StoreDefinition> = (
  place: string,
  opening: Opening,
  options: PlaceOptions,
) => ReturnType<D['open']>
type Row<D extends StoreDefinition> = D extends StoreDefinition
  ? Omit<D, 'open' | 'rights'> & {
      /** Refused in production. */
      readonly isDevelopment?: true
      readonly open: Open<D>
      /** The module of the rights of a store is loaded when they are asked for. */
      readonly rights?: (place: string, use: StoreUse) => string | Promise<string>
    }
  : never

/** A store whose locators every process opens. Its `open` shares what is opened with the other sources of a sources file. */
export type StoreRow = Row<StoreDefinition>

/** The stores that need no definition of a family. */
export const BUILT_IN: readonly StoreRow[] = [
  {
    scheme: 'env',
    readOnly: 'variables cannot be written: name the store that they are set from',
    open: (_place, { options }) => createEnvSource(options),
  },
  {
    scheme: 'dotenv',
    place: 'the path of a .env file',
    isDevelopment: true,
    open: (path, { options }) => openDotenvStore({ path, ...clockOf(options) }),
  },
  {
    scheme: 'mount',
    place: 'a directory',
    readOnly: 'a mounted directory cannot be written: name kubernetes:NAMESPACE',
    async open(place, { options }, ends) {
      const { openMountSource } = await import('../mount/mount-source.ts')
      return openMountSource({ directory: resolve(place), ...ends, ...clockOf(options) })
    },
  },
  {
    scheme: 'vault',
    place: 'a mount and a prefix, as in vault:secret/vpn',
    async open(path, opening) {
      const { openVaultStore } = await importVault()
      const connection = await opening.session(openSession)
      return openVaultStore({ connection, path, ...clockOf(opening.options) })
    },
    rights: async (place, use) => (await import('../rights.ts')).vaultRights(place, use),
  },
  {
    scheme: 'aws',
    place: 'a prefix, as in aws:vpn',
    async open(prefix, { options }) {
      const load = () => import('../aws/index.ts')
      const { openAwsStore } = await importAdapter('@aws-sdk/client-secrets-manager', load)
      return openAwsStore({
        prefix,
        ...awsAccess(options.env, 'SECRETS_MANAGER'),
        ...clockOf(options),
      })
    },
    rights: async (prefix, use) => (await import('../rights.ts')).awsRights(prefix, use),
  },
  {
    scheme: 'kubernetes',
    place: 'a namespace',
    async open(namespace, { options }) {
      const load = () => import('../kubernetes/internal.ts')
      const adapter = await importAdapter('@kubernetes/client-node', load)
      const access = adapter.findKubernetesAccess(options.env)
      return adapter.openKubernetesStore({ namespace, access, ...clockOf(options) })
    },
    rights: async (namespace, use) =>
      (await import('../rights.ts')).kubernetesRights(namespace, use),
  },
  {
    scheme: 'gcp',
    place: 'a project, or a project and a prefix, as in gcp:my-project/shop',
    open: async (place, { options }) =>
      (await import('../cloud/gcp-store.ts')).openGcpStore(place, options),
    rights: async (place, use) => (await import('../rights.ts')).gcpRights(place, use),
  },
  {
    scheme: 'azure',
    place: 'the name of a key vault, as in azure:shop',
    readOnly:
      'Key Vault has no compare-and-set, so it is only read: write its secrets there, or name a store that can be written',
    open: async (place, { options }) =>
      (await import('../cloud/azure-source.ts')).openAzureSource(place, options),
    rights: async (place, use) => (await import('../rights.ts')).azureRights(place, use),
  },
  throughProgram('op', 'a vault, as in op:Production, or with a field, as in op:Production/key'),
  throughProgram('doppler', 'a project and a config, as in doppler:shop/prd'),
  throughProgram('infisical', 'a project, an environment and a path, as in infisical:ID/prod/shop'),
  {
    scheme: 'file',
    place: 'the path of a sources file',
    readOnly: 'a sources file is only read: name the store itself',
    // It brings zod, which no other source needs.
    open: async (path, opening) =>
      (await import('./open-sources-file.ts')).openSourcesFile(path, opening),
  },
]

function throughProgram(scheme: 'op' | 'doppler' | 'infisical', place: string): StoreRow {
  return {
    ...{ scheme, place },
    readOnly: `${scheme} is only read: write its secrets there, or name a store that can be written`,
    open: async (path, { options }) =>
      (await import('../program/program-source.ts')).openProgramSource(scheme, path, options),
  }
}

function clockOf({ clock }: Opening['options']): Pick<Opening['options'], 'clock'> {
  return clock === undefined ? {} : { clock }
}
