import {
  type ProjectReflection,
  ReflectionKind,
  type SomeType,
  DeclarationReflection,
  type ParameterReflection,
} from 'typedoc'

const FACTORY = /^(?:define|create|open|load|issue|follow|with)[A-Z]/

/**
 * Finds what the reference cannot explain: entries, exports and options without a docstring, and options whose type is not
 * exported.
 *
 * @returns one line for each
 */
export function findUndocumented(project: ProjectReflection): string[] {
  const found = (project.children ?? []).flatMap((module) => {
    const entry = `@rekey/${module.name}`
    const own = (module.children ?? []).filter(({ kind }) => kind !== ReflectionKind.Reference)
    return [
      ...(module.hasComment()
        ? []
        : [`${entry}: begin the file with a docstring that ends in @module`]),
      ...own
        .filter((each) => !isDocumented(each))
        .map(({ name }) => `${entry} ${name}: no docstring`),
      ...own.flatMap((each) => optionsIn(each)).map((problem) => `${entry} ${problem}`),
    ]
  })
  return [...new Set(found)]
}

function isDocumented(member: DeclarationReflection): boolean {
  const type = member.type?.type === 'reflection' ? member.type.declaration : undefined
  const signatures = [
    ...(member.signatures ?? []),
    ...(type?.signatures ?? []),
    member.getSignature,
  ]
  return member.hasComment() || signatures.some((signature) => signature?.hasComment() === true)
}

/** The options of a factory, and those of a type that is named for them. */
function optionsIn(exported: DeclarationReflection): string[] {
  const { name, kind } = exported
  if (kind === ReflectionKind.Interface && name.endsWith('Options'))
    return undocumentedMembers(exported, name)
  if (!FACTORY.test(name)) return []
  const parameters = (exported.signatures ?? []).flatMap(({ parameters = [] }) => parameters)
  return parameters.flatMap((parameter) => optionsOf(parameter, name))
}

function optionsOf({ name, type }: ParameterReflection, factory: string): string[] {
  return partsOf(type).flatMap((part) => {
    if (part.type === 'reflection')
      return undocumentedMembers(part.declaration, `${factory} ${name}`)
    if (part.type !== 'reference') return []
    const { reflection } = part
    if (reflection instanceof DeclarationReflection && reflection.kind === ReflectionKind.Interface)
      return undocumentedMembers(reflection, part.name)
    const isOurs = part.package?.startsWith('@rekey/') === true
    return isOurs && reflection === undefined && !part.refersToTypeParameter
      ? [`${factory} ${name}: ${part.name} is not exported`]
      : []
  })
}

function partsOf(type: SomeType | undefined): SomeType[] {
  if (type === undefined) return []
  return type.type === 'union' || type.type === 'intersection'
    ? type.types.flatMap(partsOf)
    : [type]
}

function undocumentedMembers({ children = [] }: DeclarationReflection, owner: string): string[] {
  return children
    .filter((member) => member.inheritedFrom === undefined && !isDocumented(member))
    .map(({ name }) => `${owner}.${name}: no docstring`)
}
