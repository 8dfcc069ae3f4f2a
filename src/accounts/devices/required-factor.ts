/** Whether one of a user's roles requires a second factor: at every login, whatever the device. */
export function requiresFactor(
  { roles }: { readonly roles: readonly string[] },
  { mfaRoles }: { readonly mfaRoles: readonly string[] },
): boolean {
  return roles.some((role) => mfaRoles.includes(role))
}
