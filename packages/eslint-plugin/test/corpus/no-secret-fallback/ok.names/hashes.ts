export const passwordHash = (user: { passwordHash?: string }) => user.passwordHash ?? '-'
