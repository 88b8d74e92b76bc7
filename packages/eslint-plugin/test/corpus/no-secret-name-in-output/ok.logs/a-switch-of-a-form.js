export function toggle(state) {
  const showPassword = !state.showPassword
  console.log({ showPassword, withCredentials: state.withCredentials })
}
