export const color = (theme: Record<string, string>, token: string) => theme[token] ?? 'inherit'
