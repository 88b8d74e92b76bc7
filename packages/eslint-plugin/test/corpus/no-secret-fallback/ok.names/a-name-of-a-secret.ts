export const name = (options: { secretName?: string }) => options.secretName ?? 'app/database'
