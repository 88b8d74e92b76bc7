import { credentialOf } from '@rekey/oidc-client/internal/provider-place'
import type { Family } from './schema.ts'
import type { FamilyProblem } from './family-error.ts'
import { secretsOf } from './family-secrets.ts'
import { kindsOf } from './kinds.ts'
import { partiesOf } from './parties.ts'

/** Where rotations are recorded if no server keeps them. */
const STORE_JOURNAL = 'store'

/** Kinds that have a section of their own, because a rotation must know where they live. */
const PLACED = new Map([
  ['database', 'databases'],
  ['oidc-client', 'clients'],
  ['rotator-login', 'servers'],
])

/** Finds faults in a declaration that has the right shape: names that lead nowhere, and things declared twice. */
export function findProblems(family: Family): FamilyProblem[] {
  return [
    ...repeated(family.services, 'services', 'this service is declared before: remove one'),
    ...wrongSections(family),
    ...unknownParties(family),
    ...unknownDefinitions(family),
    ...wrongDatabases(family),
    ...wrongClients(family),
    ...wrongJournal(family),
    ...sharedNames(family),
    ...wrongPolicies(family),
    ...wrongReplicas(family),
    ...wrongRestarts(family),
    ...wrongReports(family),
    ...wrongAuditLog(family),
    ...wrongAuditLogins(family),
  ]
}

function problem(path: string, message: string): FamilyProblem {
  return { path, message }
}

function wrongAuditLog({ auditDirectory, auditDatabase }: Family): FamilyProblem[] {
  if (auditDirectory === undefined || auditDatabase === undefined) return []
  const message = 'the audit log of a family is in one place: remove this or auditDirectory'
  return [problem('auditDatabase', message)]
}

function repeated(values: readonly string[], path: string, message: string): FamilyProblem[] {
  return values.flatMap((value, index) =>
    values.indexOf(value) === index ? [] : [problem(`${path}[${index}]`, message)],
  )
}

function wrongSections({ secrets }: Family): FamilyProblem[] {
  return Object.keys(secrets).flatMap((kind) => {
    const section = PLACED.get(kind)
    if (section === undefined) return []
    return [problem(`secrets.${kind}`, `secrets of this kind have a place: write it in ${section}`)]
  })
}

function unknownParties({ services, secrets, ...family }: Family): FamilyProblem[] {
  const kinds = kindsOf(family)
  return Object.entries(secrets).flatMap(([kind, all]) => {
    const [, second] = kinds.get(kind)?.parties ?? []
    const titles = all.map((entry) => partiesOf(entry).join(':'))
    return [
      ...repeated(titles, `secrets.${kind}`, 'this secret is declared before: remove one'),
      ...all.flatMap((entry, index) => {
        const [holder = '', other] = partiesOf(entry)
        const message = services.includes(holder)
          ? second && wrongSecond(second, services, { holder, other })
          : UNDECLARED
        return message === undefined ? [] : [problem(`secrets.${kind}[${index}]`, message)]
      }),
    ]
  })
}

function unknownDefinitions({ services, definitions = {} }: Family): FamilyProblem[] {
  return Object.keys(definitions)
    .filter((name) => !services.includes(name))
    .map((name) => problem(`definitions.${name}`, UNDECLARED))
}

function wrongSecond(
  role: 'receiver' | 'name',
  services: readonly string[],
  { holder, other }: { holder: string; other: string | undefined },
): string | undefined {
  if (role === 'name') {
    if (other === undefined) return 'a service may have several: write SERVICE:NAME'
    return services.includes(other) ? 'its name is that of a service: choose another' : undefined
  }
  if (other === undefined) return 'it belongs to a call: write SENDER:RECEIVER'
  if (other === holder) return 'a service that calls itself needs no key: remove it'
  return services.includes(other) ? undefined : UNDECLARED_RECEIVER
}

const UNDECLARED = 'its service is not declared: add it to services, or correct the name'
const UNDECLARED_RECEIVER = 'its receiver is not declared: add it to services, or correct the name'

const ownerOf = ({ server, ownerRole }: { readonly server: string; readonly ownerRole: string }) =>
  JSON.stringify([server, ownerRole])

function wrongDatabases({ services, servers, databases }: Family): FamilyProblem[] {
  const owners = databases.map(ownerOf)
  const named = databases.map(({ service }) => service)
  return [
    ...repeated(named, 'databases', 'this service has a login already: it may have one'),
    ...repeated(
      owners,
      'databases',
      'another service has this owner role there: name one for each',
    ),
    ...databases.flatMap(({ service, server }, index) => [
      ...undeclared(services, service, `databases[${index}].service`),
      ...noServer(servers, server, `databases[${index}].server`),
    ]),
    ...(Object.hasOwn(servers, STORE_JOURNAL)
      ? [problem(`servers.${STORE_JOURNAL}`, 'this name means the secret store: choose another')]
      : []),
  ]
}

/** A writer that shares its role would have its logins closed with those of the other one. */
function wrongAuditLogins({ servers, databases, auditLogins = {} }: Family): FamilyProblem[] {
  const owners = [...databases, ...Object.values(auditLogins)].map(ownerOf)
  return Object.entries(auditLogins).flatMap(([writer, login]) => {
    const isShared = owners.filter((owner) => owner === ownerOf(login)).length > 1
    const shared = 'another login has this owner role there: name one for each writer'
    return [
      ...(isShared ? [problem(`auditLogins.${writer}.ownerRole`, shared)] : []),
      ...noServer(servers, login.server, `auditLogins.${writer}.server`),
    ]
  })
}

function noServer(servers: Family['servers'], server: string, path: string): FamilyProblem[] {
  const message = 'there is no such server: add it to servers'
  return Object.hasOwn(servers, server) ? [] : [problem(path, message)]
}

function undeclared(services: readonly string[], service: string, path: string): FamilyProblem[] {
  return services.includes(service) ? [] : [problem(path, UNDECLARED)]
}

/** The providers may be left to the declaration of a deployment, which then names all of them. */
function wrongClients({ services, clients, providers }: Family): FamilyProblem[] {
  const arePlaced = Object.keys(providers).length > 0
  const named = clients.map(({ service }) => service)
  return [
    ...repeated(named, 'clients', 'this service has a client already: it may have one'),
    ...clients.flatMap(({ service, provider }, index) => [
      ...undeclared(services, service, `clients[${index}].service`),
      ...(arePlaced && !Object.hasOwn(providers, provider)
        ? [problem(`clients[${index}].provider`, 'there is no such provider: add it to providers')]
        : []),
    ]),
  ]
}

function wrongJournal({ journal, servers }: Family): FamilyProblem[] {
  if (journal === STORE_JOURNAL || Object.hasOwn(servers, journal)) return []
  return [problem('journal', 'there is no such server: name a key of servers, or store')]
}

function sharedNames(family: Family): FamilyProblem[] {
  const taken = new Set<string>()
  const take = (path: string, name: string): FamilyProblem[] => {
    if (taken.size !== taken.add(name).size) return []
    return [problem(path, 'another secret of the family has this name: choose another')]
  }
  return [
    ...secretsOf(family).flatMap(({ kind, name }) => take(`secrets.${kind}`, name)),
    ...Object.entries(family.servers).flatMap(([server, { admin, rotated = false }]) =>
      rotated ? [] : take(`servers.${server}.admin`, admin),
    ),
    ...Object.entries(family.providers).flatMap(([label, provider]) => {
      const name = credentialOf(provider)
      return name === undefined || !taken.has(name)
        ? []
        : [problem(`providers.${label}`, 'its credential has the name of another secret')]
    }),
  ]
}

function wrongPolicies(family: Family): FamilyProblem[] {
  const { policy } = family
  const kinds = new Set(secretsOf(family).map(({ kind }) => kind))
  const named = [
    ...(['minLength', 'schedule', 'windows', 'holds'] as const).flatMap((part) =>
      Object.keys(policy[part] ?? {}).map((kind) => [kind, `policy.${part}.${kind}`] as const),
    ),
    ...(policy.leaks?.rotate ?? []).map(
      (kind, index) => [kind, `policy.leaks.rotate[${index}]`] as const,
    ),
  ]
  return [
    ...named
      .filter(([kind]) => !kinds.has(kind))
      .map(([, path]) => problem(path, 'no service holds a secret of this kind: remove it')),
    ...withoutEffect(family),
  ]
}

/** Windows and holds of kinds whose secrets a rotator does not change. */
function withoutEffect(family: Family): FamilyProblem[] {
  const { windows = {}, holds = {} } = family.policy
  const secrets = secretsOf(family)
  const byHand = (kind: string) => {
    const own = secrets.filter((secret) => secret.kind === kind)
    return own.length > 0 && own.every(({ isRotated }) => !isRotated)
  }
  return Object.entries({ windows, holds }).flatMap(([part, of]) =>
    Object.keys(of)
      .filter(byHand)
      .map((kind) => problem(`policy.${part}.${kind}`, BY_HAND)),
  )
}

const BY_HAND = 'a rotator changes no secret of this kind: remove it'

function wrongReports({ services, secrets, reports = {} }: Family): FamilyProblem[] {
  const { identity, services: stated = {} } = reports
  const unknown = Object.keys(stated).flatMap((service) =>
    undeclared(services, service, `reports.services.${service}`),
  )
  if (identity === undefined || !('service' in identity)) return unknown
  const hasIdentity = (secrets['tls'] ?? []).some((entry) =>
    typeof entry === 'string' ? entry === identity.service : entry.service === identity.service,
  )
  if (hasIdentity) return unknown
  const message = 'that service has no tls secret: declare one in secrets.tls'
  return [...unknown, problem('reports.identity.service', message)]
}

function wrongReplicas({ services, servers, fleet = [] }: Family): FamilyProblem[] {
  return fleet.flatMap((entry, index) => [
    ...(entry.service === undefined
      ? []
      : undeclared(services, entry.service, `fleet[${index}].service`)),
    ...('dns' in entry && entry.type !== 'SRV' && entry.port === undefined
      ? [problem(`fleet[${index}].port`, `a record of type ${entry.type} has none: add it`)]
      : []),
    ...('board' in entry && !Object.hasOwn(servers, entry.board)
      ? [problem(`fleet[${index}].board`, 'there is no such server: name a key of servers')]
      : []),
  ])
}

/** A process that is restarted has one version at a time, and the new one only after it is current. */
function wrongRestarts(family: Family): FamilyProblem[] {
  const { fleet = [] } = family
  const kinds = kindsOf(family)
  return fleet.flatMap((entry, index) => {
    if (!('restart' in entry)) return []
    const { service } = entry
    const isMixed = fleet.some((other) => !('restart' in other) && other.service === service)
    const mixed = `${service} has other entries too: its replicas are restarted, or they report`
    const held = secretsOf(family).filter(({ kind, parties, isRotated }) => {
      const { parties: ends = [], restartable = [] } = kinds.get(kind) ?? {}
      const own = ends.filter((_, at) => parties[at] === service && isRotated)
      return own.some((end) => !restartable.includes(end))
    })
    return [
      ...(isMixed ? [problem(`fleet[${index}]`, mixed)] : []),
      ...held.map(({ title }) => {
        const why = `the rotation of ${title} needs a report of the versions that ${service} has loaded`
        return problem(`fleet[${index}].restart`, `${why}: let it reload and report`)
      }),
    ]
  })
}
