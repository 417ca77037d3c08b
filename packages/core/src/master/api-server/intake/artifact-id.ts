/** `<Kind>/<name>`, as the table of artifacts has it. */
export const idOf = (artifact: { readonly kind: string; readonly metadata: { readonly name: string } }): string => `${artifact.kind}/${artifact.metadata.name}`
