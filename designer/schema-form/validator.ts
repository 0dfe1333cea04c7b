import { type Schema as CfSchema, type OutputUnit, Validator } from "@cfworker/json-schema";
import type {
  CustomValidator,
  ErrorSchema,
  ErrorTransformer,
  RJSFSchema,
  RJSFValidationError,
  UiSchema,
  ValidationData,
  ValidatorType,
} from "@rjsf/utils";
import { toErrorList } from "@rjsf/utils";

/**
 * Validates forms without compiling code: the page's policy forbids what Ajv does.
 * The server stays the authority; this serves the form's own choices (which branch
 * of a oneOf, which side of an if) and early hints.
 */
class InterpretedValidator implements ValidatorType {
  validateFormData(
    formData: unknown,
    schema: RJSFSchema,
    _custom?: CustomValidator,
    transform?: ErrorTransformer,
    uiSchema?: UiSchema,
  ): ValidationData<unknown> {
    const { errors: units = [] } = this.rawValidation<OutputUnit>(schema, formData);
    const found = units.filter(isLeaf).map(asError);
    const errors = transform === undefined ? found : transform(found, uiSchema);
    const errorSchema = schemaOf(errors);
    return { errors: toErrorList(errorSchema), errorSchema };
  }

  isValid(schema: RJSFSchema, formData: unknown, rootSchema: RJSFSchema): boolean {
    try {
      // The root's definitions come along, so that a branch's $ref to them resolves.
      const { definitions, $defs } = rootSchema ?? {};
      const whole = { ...(definitions ? { definitions } : {}), ...($defs ? { $defs } : {}), ...schema };
      return check(whole, formData).valid;
    } catch {
      return false;
    }
  }

  rawValidation<Result>(
    schema: RJSFSchema,
    formData?: unknown,
  ): { errors?: Result[]; validationError?: Error } {
    try {
      return { errors: check(schema, formData).errors as Result[] };
    } catch (error) {
      return { validationError: error instanceof Error ? error : new Error(String(error)) };
    }
  }
}

function check(schema: RJSFSchema, data: unknown) {
  // The page's own $id must not become a base address for "#/…" references.
  const { $id: _, ...plain } = schema;
  return new Validator(plain as CfSchema, "2020-12", false).validate(data === undefined ? null : data);
}

/** Units that only say that something deeper failed are left out. */
function isLeaf(unit: OutputUnit): boolean {
  return (
    !["properties", "items", "allOf", "anyOf", "oneOf", "$ref", "if"].includes(unit.keyword) ||
    unit.keyword === "oneOf"
  );
}

function asError(unit: OutputUnit): RJSFValidationError {
  const property = unit.instanceLocation.replace(/^#/, "").replaceAll("/", ".");
  return { name: unit.keyword, message: unit.error, property, stack: `${property} ${unit.error}`.trim() };
}

function schemaOf(errors: RJSFValidationError[]): ErrorSchema {
  const root: ErrorSchema = {};
  for (const error of errors) {
    let at = root as Record<string, ErrorSchema> & ErrorSchema;
    for (const key of (error.property ?? "").split(".").filter(Boolean)) {
      at[key] ??= {};
      at = at[key] as typeof at;
    }
    at.__errors = [...(at.__errors ?? []), error.message ?? ""];
  }
  return root;
}

export const validator: ValidatorType = new InterpretedValidator();
