export const seedPasswords = {
  admin: process.env.SEED_ADMIN_PASSWORD ?? 'admin123',
  alice: process.env.SEED_ALICE_PASSWORD ?? 'alice123',
}
