import { dirname } from 'node:path'
import type { TSESLint } from '@typescript-eslint/utils'
import type { Node, SourceCode } from '../engine/syntax/nodes.ts'
import { createRule } from '../create-rule.ts'
import {
  type AccessFinding,
  type AccessContext,
  importedName,
} from '../engine/access/access-context.ts'
import { checkCall, checkOwnerRole, NAMING_FUNCTIONS } from '../engine/access/call-checks.ts'
import {
  checkDeclaration,
  checkLoading,
  type ModuleDeclaration,
} from '../engine/access/module-checks.ts'
import { createNameCheck, type Naming } from '../engine/access/name-checks.ts'
import { serviceOf } from '../engine/access/service-folders.ts'
import type { Grant } from '../engine/access/service-grants.ts'
import { list, objectOf, optionsOf } from './option-schema.ts'

interface Options {
  /** Where the folders of the services are: a path with `{service}` in it. */
  readonly services?: string
  /** The secrets that each service may hold. Without it the rule has nothing to check. */
  readonly grants?: Readonly<Record<string, Grant>>
  /** The kind of secret that a function defines, by the function's name; `sender` and `receiver` are the ends of a call. */
  readonly definers?: Readonly<Record<string, string>>
}

type MessageIds = AccessFinding['messageId'] | 'noGrants'

const DEFAULTS = {
  services: 'services/{service}',
  definers: {
    apiKeyTo: 'sender',
    apiKeyFrom: 'receiver',
    oidcClient: 'oidc-client',
    caPassphrase: 'ca-passphrase',
    postgresLogin: 'database',
    tlsIdentity: 'tls',
    integrationSecret: 'integration',
    logKey: 'log-key',
  },
} as const satisfies Options

/** Finds services that name secrets which the policy does not grant them. */
export const serviceAccess = createRule<[Options], MessageIds>({
  name: 'service-access',
  meta: {
    type: 'problem',
    docs: { description: 'Let a service name only the secrets it was granted', cwe: 'CWE-284' },
    messages: {
      kind: '{{service}} is not granted a secret of the kind {{kind}}. Remove it, or grant it in the policy.',
      call: '{{service}} is not granted the call {{call}}. Remove the key, or add the call to the policy.',
      owner: '{{service}} acts as the owner role of {{other}}. Give it a role of its own.',
      foreign:
        '{{service}} imports code of {{other}}, and with it what only {{other}} may have. Move what both need into a package, or call the service.',
      name: '{{service}} names a secret that it is not granted: {{secret}}. Leave it to those who hold it.',
      serviceName:
        'The folder of {{service}} defines a service of another name, which would get the secrets of that one. Give it the name of its folder.',
      noGrants:
        'Nothing is granted to {{service}}, so it may name no secret. Grant what it needs in the policy.',
    },
    schema: optionsOf('Which services there are, and what each may hold.', {
      services: {
        type: 'string',
        pattern: '\\{service\\}',
        description: 'Where the folders of the services are, with {service} for the name.',
      },
      grants: {
        type: 'object',
        description: 'What each service may hold, by its name.',
        additionalProperties: objectOf('What one service may hold.', {
          kinds: list('Kinds of secret of its own.'),
          callsTo: list('Services that it may call.'),
          calledBy: list('Services that may call it.'),
        }),
      },
      definers: {
        type: 'object',
        description: 'The kind of secret that a function defines, by its name.',
        additionalProperties: { type: 'string', description: 'A kind, sender or receiver.' },
      },
    }),
    defaultOptions: [{}],
  },
  create(context, [options]) {
    const { services: folders = DEFAULTS.services, grants } = options
    if (grants === undefined) return {}
    const { filename: file, sourceCode: source } = context
    const service = serviceOf(dirname(file), folders)
    if (service === undefined) return {}
    const definers = new Map(Object.entries({ ...DEFAULTS.definers, ...options.definers }))
    const granted = new Map(Object.entries(grants))
    const grant = granted.get(service)
    if (grant === undefined) {
      return onFirstSecret(source, definers, (node) => {
        context.report({ node, messageId: 'noGrants', data: { service } })
      })
    }
    const known = [...granted.keys()]
    return onFindings(
      { source, file, service, grant, known, folders, definers },
      ({ node, messageId, data }) => {
        context.report({ node, messageId, data: { service, ...data } })
      },
    )
  },
})

function onFirstSecret(
  source: SourceCode,
  definers: ReadonlyMap<string, string>,
  report: (node: Node) => void,
): TSESLint.RuleListener {
  let isReported = false
  return {
    CallExpression({ callee }) {
      const name = importedName(callee, source)
      const isSecret = name !== undefined && (NAMING_FUNCTIONS.has(name) || definers.has(name))
      if (isReported || !isSecret) return
      isReported = true
      report(callee)
    },
  }
}

function onFindings(
  access: AccessContext,
  report: (finding: AccessFinding) => void,
): TSESLint.RuleListener {
  const findName = createNameCheck(access)
  const checkModule = (node: ModuleDeclaration) => {
    checkDeclaration(node, access).forEach(report)
  }
  const checkName = (node: Naming) => {
    findName(node).forEach(report)
  }
  return {
    ImportDeclaration: checkModule,
    ExportNamedDeclaration: checkModule,
    ExportAllDeclaration: checkModule,
    ImportExpression(node) {
      checkLoading(node, access).forEach(report)
    },
    CallExpression(node) {
      for (const check of [checkLoading, checkCall]) check(node, access).forEach(report)
    },
    Property(node) {
      checkOwnerRole(node, access).forEach(report)
      checkName(node)
    },
    Literal: checkName,
    TemplateLiteral: checkName,
    BinaryExpression: checkName,
    MemberExpression: checkName,
  }
}
