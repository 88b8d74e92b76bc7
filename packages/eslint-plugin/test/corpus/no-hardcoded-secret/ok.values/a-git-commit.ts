export const pinned = { repository: 'acme/app', commit: 'RANDOM_HEX_40' }
