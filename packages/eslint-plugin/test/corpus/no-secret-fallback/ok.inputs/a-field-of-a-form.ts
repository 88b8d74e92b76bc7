export async function login(request: Request) {
  const form = await request.formData()
  const password = form.get('password') ?? ''
  return { password }
}
