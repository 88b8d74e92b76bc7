import { dirname, resolve, sep } from 'node:path'
import type { AccessContext } from './access-context.ts'

const PLACEHOLDER = '{service}'

/**
 * The service to which a folder belongs: what stands in its path where `pattern` has `{service}`. In the pattern `*` is
 * any part of the name of one folder. Of several places at which it fits the last counts.
 *
 * @example serviceOf('/repo/services/frontend/src', 'services/{service}') // 'frontend'
 */
export function serviceOf(folder: string, pattern: string): string | undefined {
  const parts = pattern.split(PLACEHOLDER).map(toExpression)
  const path = `/${folder.replaceAll(sep, '/')}/`
  return new RegExp(`^.*/${parts.join('([^/]+)')}/`).exec(path)?.[1]
}

function toExpression(text: string): string {
  return text
    .split('*')
    .map((part) => part.replaceAll(/[\\^$.+?()[\]{}|]/g, '\\$&'))
    .join('[^/]*')
}

/** The service out of whose folder, or out of whose package, a file imports `specifier`. */
export function importedService(
  specifier: string,
  { file, folders, known }: Pick<AccessContext, 'file' | 'folders' | 'known'>,
): string | undefined {
  if (specifier.startsWith('.')) return serviceOf(resolve(dirname(file), specifier), folders)
  const name = /^@[^/]+\/(?:service-)?([^/]+)/.exec(specifier)?.[1]
  return known.find((service) => service === name)
}
