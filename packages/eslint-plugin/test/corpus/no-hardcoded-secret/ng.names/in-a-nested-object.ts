export const firebaseAdmin = {
  credential: { projectId: 'shop', privateKey: 'RANDOM_BASE64_96' },
}
