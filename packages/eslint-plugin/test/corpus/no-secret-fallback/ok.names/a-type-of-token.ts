export const header = (grant: { tokenType?: string; token: string }) =>
  `${grant.tokenType ?? 'Bearer'} ${grant.token}`
