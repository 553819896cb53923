"""Every Django form wears our look: label, control, help, error, and what connects them for a screen reader."""

from __future__ import annotations

from django import forms

from busy.lib.forms import Combobox, HoursInput, Switch


class ProjectForm(forms.Form):
    name = forms.CharField(label="Name", help_text="As the customer knows it.")
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea)
    hours = forms.DecimalField(label="Hours", widget=HoursInput())
    customer = forms.ChoiceField(label="Customer", choices=[("1", "Fjell AS")], widget=Combobox(url="/customers"))
    kind = forms.ChoiceField(label="Kind", choices=[("a", "A")], widget=forms.RadioSelect)
    parts = forms.MultipleChoiceField(label="Parts", choices=[("x", "X")], widget=forms.CheckboxSelectMultiple)
    billable = forms.BooleanField(label="Billable", required=False)
    sync = forms.BooleanField(label="Sync", required=False, widget=Switch())
    secret = forms.CharField(widget=forms.HiddenInput, initial="kept")
    own = forms.CharField(label="Own", required=False, widget=forms.TextInput(attrs={"class": "own-class"}))


def test_every_control_has_its_class() -> None:
    form = ProjectForm()
    looks = {field.name: field.as_widget() for field in form}
    assert 'class="input"' in looks["name"]
    assert 'class="input"' in looks["note"]
    assert 'class="input input-number"' in looks["hours"]
    assert 'data-combobox-url="/customers"' in looks["customer"]
    assert 'class="checkbox"' in looks["billable"]
    assert 'class="switch" role="switch"' in looks["sync"]
    assert "class=" not in looks["secret"]
    assert 'class="own-class"' in looks["own"]
    assert 'class="radio"' in str(form["kind"].subwidgets[0].tag())
    assert 'class="checkbox"' in str(form["parts"].subwidgets[0].tag())


def test_help_and_error_are_read_with_the_field() -> None:
    drawn = ProjectForm({"name": ""})["name"].as_field_group()
    assert 'aria-describedby="id_name_helptext id_name_error"' in drawn
    assert 'aria-invalid="true"' in drawn
    assert 'id="id_name_helptext">As the customer knows it.' in drawn
    assert 'id="id_name_error"' in drawn
    assert drawn.index("<input") < drawn.index('id="id_name_error"') < drawn.index('id="id_name_helptext"')


def test_the_whole_form_holds_every_field_once_and_the_hidden_one_unlabelled() -> None:
    drawn = str(ProjectForm())
    assert [drawn.count(f'name="{name}"') for name in ProjectForm.base_fields] == [1] * len(ProjectForm.base_fields)
    assert '<input type="hidden" name="secret" value="kept"' in drawn
    assert "Secret" not in drawn


def test_the_exception_is_marked_not_the_rule() -> None:
    form = ProjectForm()
    assert "optional" not in form["name"].as_field_group()
    assert "(optional)" in form["note"].as_field_group()
    assert "optional" not in form["billable"].as_field_group()


def test_a_label_cannot_bring_markup_into_the_page() -> None:
    class Named(forms.Form):
        field = forms.CharField(label="<b>Fjell</b>")

    assert "&lt;b&gt;Fjell" in str(Named())
