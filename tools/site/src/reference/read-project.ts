import { findEntries } from '@rekey/packaging'
import {
  Application,
  Comment,
  type Context,
  Converter,
  type DeclarationReflection,
  type ProjectReflection,
  type SignatureReflection,
  TSConfigReader,
} from 'typedoc'
import ts from 'typescript'
import type { PluginOptions } from 'typedoc-plugin-markdown'

/** The file of the index. */
export const INDEX = 'README.md'

/** Functions first: they are what a reader looks up. */
const GROUPS = ['Functions', 'Classes', 'Variables', 'Interfaces', 'Type Aliases', 'References']

const FORMAT: PluginOptions = {
  classPropertiesFormat: 'table',
  entryFileName: INDEX,
  enumMembersFormat: 'table',
  expandParameters: true,
  hideBreadcrumbs: true,
  hidePageHeader: true,
  interfacePropertiesFormat: 'table',
  pageTitleTemplates: {
    module: ({ name }) => `@rekey/${name}`,
  },
  parametersFormat: 'table',
  propertyMembersFormat: 'table',
  tableColumnSettings: {
    hideDefaults: true,
    hideInherited: true,
    hideModifiers: true,
    hideOverrides: true,
    hideSources: true,
  },
  typeDeclarationFormat: 'table',
  useCodeBlocks: true,
}

/** The public modules of the packages, as TypeDoc reads them, and the application that writes them. */
export interface ReadProject {
  readonly app: Application
  readonly project: ProjectReflection
}

/** Reads the modules that the packages of the repository at `root` export, as `tsconfig` compiles them. */
export async function readProject(root: string, tsconfig: string): Promise<ReadProject> {
  const entries = findEntries(root)
  const app = await Application.bootstrapWithPlugins(
    {
      entryPoints: entries.map(({ file }) => file),
      // A clone need not know where it came from: pages have no links to sources.
      disableGit: true,
      sourceLinkTemplate: '{path}',
      excludeExternals: true,
      excludeInternal: true,
      excludePrivate: true,
      groupOrder: GROUPS,
      plugin: ['typedoc-plugin-markdown'],
      readme: 'none',
      router: 'module',
      skipErrorChecking: true,
      sort: ['source-order'],
      tsconfig,
      ...FORMAT,
    },
    [new TSConfigReader()],
  )
  app.converter.on(Converter.EVENT_CREATE_SIGNATURE, keepErrorTypes)
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, keepDescriptions)
  const project = await app.convert()
  if (project === undefined) throw new Error('TypeDoc could not read the packages; see above')
  const byFile = new Map(entries.map((entry) => [entry.file, entry]))
  for (const module of project.children ?? []) {
    const entry = byFile.get(module.sources?.[0]?.fullFileName ?? '')
    if (entry === undefined) throw new Error(`${module.name} is no entry of a package`)
    module.name = entry.name.replace('@rekey/', '')
    if (entry.description !== undefined) {
      module.comment = new Comment([{ kind: 'text', text: entry.description }])
    }
  }
  for (const reflection of Object.values(project.reflections)) {
    // A parameter that is taken apart has no name.
    if (reflection.name === '__namedParameters') reflection.name = 'options'
    // Lines would change with each edit of a source.
    if ('sources' in reflection) delete reflection.sources
  }
  return { app, project }
}

/** A schema of zod explains its members in `.describe('…')`. */
function keepDescriptions(context: Context, reflection: DeclarationReflection): void {
  if (reflection.hasComment()) return
  const [declaration] = context.getSymbolFromReflection(reflection)?.declarations ?? []
  if (declaration === undefined || !ts.isPropertyAssignment(declaration)) return
  const text = descriptionIn(declaration.initializer)
  if (text !== undefined) reflection.comment = new Comment([{ kind: 'text', text }])
}

function descriptionIn(expression: ts.Expression): string | undefined {
  if (!ts.isCallExpression(expression) || !ts.isPropertyAccessExpression(expression.expression)) {
    return undefined
  }
  const { name, expression: schema } = expression.expression
  const [text] = expression.arguments
  return name.text === 'describe' && text !== undefined && ts.isStringLiteralLike(text)
    ? text.text
    : descriptionIn(schema)
}

/** TypeDoc leaves the class out of `@throws {CLASS}`. */
function keepErrorTypes(
  _context: Context,
  { comment }: SignatureReflection,
  declaration?: ts.SignatureDeclaration | ts.JSDocSignature,
): void {
  if (declaration === undefined) return
  const types = ts
    .getAllJSDocTags(declaration, ts.isJSDocThrowsTag)
    .map(({ typeExpression }) => typeExpression?.type.getText())
  for (const [index, { content }] of (comment?.getTags('@throws') ?? []).entries()) {
    const type = types[index]
    if (type !== undefined) content.unshift({ kind: 'text', text: `\`${type}\` ` })
  }
}
