export const row = (user: { apiToken?: string }) => `token: ${user.apiToken ?? 'none'}`
