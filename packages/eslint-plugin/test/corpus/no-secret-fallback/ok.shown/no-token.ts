export const label = (hovered: { token?: string }) => hovered.token ?? 'no token'
