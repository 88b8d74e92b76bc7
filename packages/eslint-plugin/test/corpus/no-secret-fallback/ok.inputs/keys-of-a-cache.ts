export const invitationKey = (params?: { email?: string; token?: string }) =>
  ['invitation', params?.email ?? '', params?.token ?? ''] as const
