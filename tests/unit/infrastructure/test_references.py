"""No dangling reference: each Ref and GetAtt of the compiled template leads to a resource."""


def targets(value):
    if isinstance(value, dict):
        if isinstance(value.get("Ref"), str):
            yield value["Ref"]
        if isinstance(value.get("Fn::GetAtt"), list):
            yield value["Fn::GetAtt"][0]
        for member in value.values():
            yield from targets(member)
    elif isinstance(value, list):
        for member in value:
            yield from targets(member)


def dangling(template):
    known = set(template["Resources"]) | set(template.get("Parameters", {}))
    return {target for target in targets(template) if not target.startswith("AWS::")} - known


def test_of_the_shipped_stack(dev, prod) -> None:
    assert dangling(dev) == set()
    assert dangling(prod) == set()


def test_a_function_name_with_hyphens_gets_the_ids_that_osls_gives(declared) -> None:
    _, _, template = declared
    assert dangling(template) == set()
    assert "SendDashmailDash2LambdaFunction" in template["Resources"]
