export const button =
  'inline-flex items-center justify-center rounded-md bg-primary px-4 py-2 text-sm font-medium'
export const tokenClass = 'token-badge__label--highlighted'
