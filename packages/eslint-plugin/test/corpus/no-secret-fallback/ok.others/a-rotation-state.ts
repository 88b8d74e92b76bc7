export const stage = (secret: { stage?: string }) => secret.stage ?? 'current'
