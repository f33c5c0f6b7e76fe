/* The scanner `{{namespace}}:{{name}}`: it looks at each package before it may run. What it reads is hostile until shown not to be. */
#include "component.h"
#include "large.h"
#include <stdlib.h>
#include <string.h>

void exports_loket_roles_inspector_inspect(exports_loket_roles_inspector_list_finding_t *findings) {
    memset(findings, 0, sizeof *findings);
    loket_scan_subject_overview_t it;
    /* Nothing is under inspection: there is nothing to say. */
    if (!loket_scan_subject_profile(LOKET_SCAN_SUBJECT_VERSION_CANDIDATE, &it)) return;
    char title[LARGE_TITLE];
    if (!large(it.size, title)) return;
    exports_loket_roles_inspector_finding_t *finding = calloc(1, sizeof *finding);
    if (finding == NULL) abort();
    component_string_dup(&finding->id, "{{name}}/large");
    finding->severity = EXPORTS_LOKET_ROLES_INSPECTOR_SEVERITY_INFO;
    component_string_dup(&finding->title, title);
    component_string_dup(&finding->message, "A large component takes long to compile, and more of it has to be trusted.");
    component_string_dup(&finding->remedy, "Build it without what it does not need.");
    findings->ptr = finding;
    findings->len = 1;
}
